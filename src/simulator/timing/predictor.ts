import type { PredictorDeclaration } from '../../hardware/pipeline.ts';
import type { TimingLayout } from './layout.ts';

/** Registers that hold return addresses: jumps that write one are calls, jumps to one that write none are returns. */
export const isLink = (register: number | undefined): boolean => register === 1 || register === 5;

/** Where a change of control finds its entries: by its address, 4 bytes an entry. */
export const historyOf = (pc: number, { histories }: PredictorDeclaration): number => (pc >>> 2) & (histories - 1);
export const siteOf = (pc: number, { targets }: PredictorDeclaration): number => (pc >>> 2) & (targets - 1);

/**
 * Branch prediction: a bit for the last direction of each branch, a table of the places whose target is known, a stack of return addresses. Branches that share a
 * history bit share a site, and a mispredicted branch that was not taken empties its site: so a branch whose address is in its site was taken last.
 */
export class Predictor {
  readonly #costs: PredictorDeclaration;
  readonly #histories: Uint8Array;
  readonly #sites: Int32Array;
  readonly #targets: Int32Array;
  readonly #lastReturn: Int32Array;
  readonly #returns: Int32Array;
  readonly #mispredicted: BigInt64Array;
  readonly #missedTargets: BigInt64Array;

  constructor(memory: WebAssembly.Memory, at: number, layout: TimingLayout, costs: PredictorDeclaration) {
    const { buffer } = memory;
    this.#costs = costs;
    this.#histories = new Uint8Array(buffer, at + layout.histories, costs.histories);
    this.#sites = new Int32Array(buffer, at + layout.sites, costs.targets);
    this.#targets = new Int32Array(buffer, at + layout.targets, costs.targets);
    this.#lastReturn = new Int32Array(buffer, at + layout.lastReturn, 1);
    this.#returns = new Int32Array(buffer, at + layout.returns, costs.returns);
    this.#mispredicted = new BigInt64Array(buffer, at + layout.mispredicted, 1);
    this.#missedTargets = new BigInt64Array(buffer, at + layout.missedTargets, 1);
  }

  get mispredicted(): bigint {
    return this.#mispredicted[0]!;
  }
  get missedTargets(): bigint {
    return this.#missedTargets[0]!;
  }

  /** Cycles that the direction and the target of a branch cost. */
  branch(pc: number, taken: boolean): number {
    const { mispredicted, missedBranch } = this.#costs;
    const [history, site] = [historyOf(pc, this.#costs), siteOf(pc, this.#costs)];
    const wasTaken = this.#histories[history] === 1;
    const known = this.#sites[site] === pc;
    if (wasTaken !== taken) {
      this.#mispredicted[0]!++;
      this.#histories[history] = taken ? 1 : 0;
      this.#sites[site] = taken ? pc : 0;
      return mispredicted;
    }
    if (!taken || known) return 0;
    this.#sites[site] = pc;
    return missedBranch;
  }

  jump(pc: number): number {
    return this.#seek(pc) ? 0 : this.#costs.missedJump;
  }

  call(pc: number, returnAddress: number): number {
    this.#push(returnAddress);
    return this.#costs.call + (this.#seek(pc) ? 0 : this.#costs.missedCall);
  }

  return(pc: number, target: number): number {
    const known = this.#seek(pc);
    const last = this.#lastReturn[0]!;
    const predicted = this.#returns[last];
    this.#lastReturn[0] = last === 0 ? this.#costs.returns - 1 : last - 1;
    return this.#costs.return + (predicted === target ? (known ? 0 : this.#costs.missedReturn) : this.#missed());
  }

  /** A jump through a register goes where it went the last time. */
  indirect(pc: number, target: number, returnAddress: number | undefined): number {
    const { call } = this.#costs;
    const site = siteOf(pc, this.#costs);
    const right = this.#sites[site] === pc && this.#targets[site] === target;
    this.#sites[site] = pc;
    this.#targets[site] = target;
    if (returnAddress !== undefined) this.#push(returnAddress);
    return (returnAddress === undefined ? 0 : call) + (right ? 0 : this.#missed());
  }

  #seek(pc: number): boolean {
    const site = siteOf(pc, this.#costs);
    const known = this.#sites[site] === pc;
    this.#sites[site] = pc;
    return known;
  }

  #push(returnAddress: number): void {
    const last = this.#lastReturn[0]!;
    const next = last === this.#costs.returns - 1 ? 0 : last + 1;
    this.#lastReturn[0] = next;
    this.#returns[next] = returnAddress;
  }

  #missed(): number {
    this.#missedTargets[0]!++;
    return this.#costs.mispredicted;
  }
}
