import type { Tensor } from '../numeric/tensor.ts';
import type { Program } from '../program/program.ts';
import type { Firmware } from './firmware.ts';
import type { Plan } from './plan.ts';
import type { Run } from './run.ts';

/** What the road from a Program to an executable needs of a target. */
export interface Compiler {
  /** Multiplications that the machine's array can do in a cycle, where it has one. */
  readonly macsPerCycle?: number;
  plan(program: Program): Plan;
  /** The same plan for firmware that keeps what flows inside its steps, and differs in these stores only. */
  replay(plan: Plan): Plan;
  /**
   * The plan of other firmware for a Program that a plan of this target has, with kernels that lay the results of calls in memory wherever they
   * can. Absent where the target's kernels always do.
   */
  planApart?(program: Program): Plan;
  emit(plan: Plan): Promise<Firmware>;
  /** Compiles a folder of emitted files with the compiler that `cc` names, else with the target's own choice. */
  build(folder: string, cc: string | undefined): Promise<Built>;
}

/** What the road from a Program to a Run needs of a target. */
export interface Target extends Compiler {
  /** Runs test cases, each the Program's quantised inputs by name, and reads every step's tensor back. */
  run(executable: string, plan: Plan, cases: readonly ReadonlyMap<string, Tensor>[]): Promise<Run>;
}

export interface Built {
  readonly executable: string;
  /** As a user would write it. */
  readonly compiler: string;
}
