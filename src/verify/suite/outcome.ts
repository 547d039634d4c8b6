import type { ClassFigures } from './classes.ts';

/** How it went with one network of the suite. */
export type SuiteStatus = 'equal' | 'different' | 'refused' | 'failed' | 'not run';

/** What is known of a network once it has run. */
export interface SuiteFigures {
  readonly operators: number;
  /** Multiplications of the network itself, none counted twice or left out. */
  readonly macs: number;
  readonly parameters: number;
  readonly elements: number;
  readonly mismatches: number;
  /** Of the calls inside the steps, where they were asked for: how many the firmware lays in memory, how many only other firmware does, how many none, and what differs. */
  readonly replay?: {
    readonly insides: number;
    readonly apart: number;
    readonly lost: number;
    readonly elements: number;
    readonly mismatches: number;
    /** Elements of steps that are others in the build that keeps them. */
    readonly differing: number;
  };
  /** Bytes of tensors at the peak, and what no placement could go below; absent where nothing is placed. */
  readonly memory?: { readonly peak: number; readonly lowerBound: number };
  /** Of one sample, where the machine counts them. */
  readonly cycles?: number;
  /** Of more inputs, where there are any beside the bundle. */
  readonly classes?: ClassFigures;
  /** Whether the integers agree with those that the source framework computed, and how many differ end to end; absent without any. */
  readonly framework?: { readonly agrees: boolean; readonly exceptions: number; readonly values: number; readonly differ: number };
}

/** One row of the suite's table. */
export interface SuiteOutcome {
  readonly id: string;
  readonly name: string;
  readonly status: SuiteStatus;
  /** Of a network that is not equal: why, as one sentence. */
  readonly reason?: string;
  readonly figures?: SuiteFigures;
  readonly seconds: number;
}

/**
 * 0 where every tensor of every network is equal; a network that the machine's memory cannot hold is no failure. 3 where nothing failed and a
 * network did not run; 1 otherwise.
 */
export function suiteExitCode(outcomes: readonly SuiteOutcome[]): number {
  const has = (...statuses: readonly SuiteStatus[]): boolean => outcomes.some(({ status }) => statuses.includes(status));
  if (has('different', 'failed')) return 1;
  return has('not run') ? 3 : 0;
}
