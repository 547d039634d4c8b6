import type { Order } from './dominators.ts';
import { readsOf, writesOf } from './facts.ts';
import type { Block } from './flow.ts';
import { equal, intersection, none, type RegisterSet, union, without } from './register-set.ts';

/** For each block, by its position in the order, sets of registers. */
export interface Liveness {
  /** Changed since they were last in step with the core's area, on some path to the block's start. */
  readonly dirty: readonly RegisterSet[];
  /** Needed in their locals at its start: read before they are written, or dirty. */
  readonly live: readonly RegisterSet[];
  /** Needed in their locals behind it: what is dirty besides goes into the core's area at its end. */
  readonly after: readonly RegisterSet[];
}

export interface RegisterUse {
  readonly xlen: 32 | 64;
  readonly floatsInX: boolean;
}

const isCall = ({ end }: Block): boolean => end.kind === 'call' || end.kind === 'indirect call';
/** x0 has no local. */
const zero: RegisterSet = [1, 0];

/**
 * Which registers functions keep in locals. At a call everything that is dirty goes into the core's area, where the callee finds it; what is needed
 * afterwards is read from there again, because the callee may have changed anything.
 */
export function livenessOf(blocks: readonly Block[], { predecessors }: Order, { xlen, floatsInX }: RegisterUse): Liveness {
  const written: RegisterSet[] = [];
  const read: RegisterSet[] = [];
  for (const { instructions } of blocks) {
    let [before, exposed]: [RegisterSet, RegisterSet] = [none, none];
    for (const each of instructions) {
      exposed = union(exposed, without(readsOf(each, xlen, floatsInX), before));
      before = union(before, writesOf(each, xlen, floatsInX));
    }
    written.push(before);
    read.push(without(exposed, zero));
  }
  const following: number[][] = blocks.map(() => []);
  for (const [index, sources] of predecessors.entries()) for (const from of sources) following[from]?.push(index);
  const dirty: RegisterSet[] = blocks.map(() => none);
  const behind = (sets: readonly RegisterSet[], index: number): RegisterSet =>
    isCall(blocks[index]!) ? none : joined(following[index] ?? [], (to) => sets[to]!);
  const liveWith = (needed: (index: number) => RegisterSet): RegisterSet[] => {
    const live: RegisterSet[] = blocks.map(() => none);
    settle(() => replaceAll(live, (index) => union(needed(index), without(behind(live, index), written[index] ?? none))));
    return live;
  };
  const used = liveWith((index) => read[index] ?? none);
  const after = blocks.map((_, index) => behind(used, index));
  settle(() =>
    replaceAll(dirty, (index) =>
      joined(predecessors[index] ?? [], (from) => intersection(union(dirty[from]!, written[from]!), after[from]!)),
    ),
  );
  return { dirty, live: liveWith((index) => union(read[index] ?? none, dirty[index] ?? none)), after };
}

function joined(positions: readonly number[], setOf: (position: number) => RegisterSet): RegisterSet {
  let all = none;
  for (const position of positions) all = union(all, setOf(position));
  return all;
}

function settle(step: () => boolean): void {
  while (step());
}

/** Whether one of the sets changed. The sets grow, so the order in which they are replaced only matters for how often it is called. */
function replaceAll(sets: RegisterSet[], next: (index: number) => RegisterSet): boolean {
  let changed = false;
  for (let index = sets.length - 1; index >= 0; index--) {
    const old = sets[index] ?? none;
    const found = next(index);
    if (equal(old, found)) continue;
    sets[index] = found;
    changed = true;
  }
  return changed;
}
