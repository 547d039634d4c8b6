import type { PipelineDeclaration } from '../../hardware/pipeline.ts';
import type { Operation } from './operation.ts';
import { type Cause, type Issue, Scoreboard } from './scoreboard.ts';

/** Instructions after which a run ends without a change of control, and how many of the next run still feel what is on its way. */
export const longestRun = 64;
const felt = 16;

/** From the end of a run to a run at a known address: cycles, branch prediction apart, and the lines of code that are fetched on the way. */
export interface Way {
  readonly cycles: number;
  readonly lines: readonly number[];
}

/**
 * Instructions that follow one another: from a change of control, or whatever else begins a run, up to and with the next instruction that may change it. A run
 * starts with nothing on its way: what its predecessor left behind is what `carry` says.
 */
export class Run {
  readonly start: number;
  readonly operations: readonly Operation[];
  /** Their addresses, and the one behind them. */
  readonly places: readonly number[];
  readonly issues: readonly Issue[];
  /** What is still on its way of a product or quotient at its end, to be collected then. */
  readonly settles: number | undefined;
  /** Cycles that its instructions wait for others, by who computes what they wait for. */
  readonly waits: { readonly [cause in Cause]: number };
  /** What the model has found out about this run, for the next time: where its instructions lie, what they cost, and the ways from its end. */
  lines: readonly number[] | undefined;
  readonly costs: number[] = [];
  readonly ways = new Map<number, Way>();
  readonly #scoreboard: Scoreboard;
  readonly #pipeline: PipelineDeclaration;
  readonly #carried = new Map<Run, number>();

  constructor(start: number, operations: readonly Operation[], pipeline: PipelineDeclaration) {
    const scoreboard = new Scoreboard(pipeline);
    this.start = start;
    this.operations = operations;
    this.places = placesFrom(start, operations);
    this.issues = operations.map((operation) => scoreboard.issue(operation));
    this.settles = scoreboard.settle();
    const waits = { load: 0, multiplier: 0, float: 0 };
    for (const issue of this.issues) if (issue.waits) waits[issue.waits.cause] += issue.waits.cycles;
    this.waits = waits;
    this.#scoreboard = scoreboard;
    this.#pipeline = pipeline;
  }

  /** Whether the last instruction may change control: otherwise the next run follows. */
  get turns(): boolean {
    return this.operations.at(-1)?.instruction.row.control !== 'next';
  }

  /** Whether the last instruction gives something to a device: what it takes to go on from there is not known from the code. */
  get gives(): boolean {
    return this.operations.at(-1)?.instruction.row.control === 'device';
  }

  /** The address behind it. */
  get end(): number {
    return this.places.at(-1)!;
  }

  /** Cycles that the instructions of the next run wait for results of this one. */
  carry(next: Run): number {
    const known = this.#carried.get(next);
    if (known !== undefined) return known;
    if (this.#scoreboard.isIdle) {
      this.#carried.set(next, 0);
      return 0;
    }
    const [after, alone] = [this.#scoreboard.copy(), new Scoreboard(this.#pipeline)];
    for (const operation of next.operations.slice(0, felt)) {
      after.issue(operation);
      alone.issue(operation);
    }
    const cycles = Math.max(0, after.clock - this.#scoreboard.clock - alone.clock);
    this.#carried.set(next, cycles);
    return cycles;
  }

  /** Cycles until everything of this run is done, where the next run is not known from the code. */
  get drain(): number {
    return this.#scoreboard.drain;
  }
}

function placesFrom(start: number, operations: readonly Operation[]): readonly number[] {
  const places = [start];
  for (const [i, { instruction }] of operations.entries()) places.push((places[i]! + instruction.bytes) | 0);
  return places;
}
