import type { Tensor } from '../numeric/tensor.ts';

export interface StepTime {
  readonly name: string;
  /** Mean over the test cases. */
  readonly nanoseconds: number;
}

export interface StepCycles {
  readonly name: string;
  /** Mean over the test cases. */
  readonly cycles: number;
}

export interface StepInstructions {
  readonly name: string;
  /** Mean over the test cases. */
  readonly instructions: number;
}

/** What a machine did with a network's test cases. */
export interface Run {
  /** Of each test case, every step's tensor by the step's name, as it was read back. */
  readonly cases: readonly ReadonlyMap<string, Tensor>[];
  readonly times: readonly StepTime[];
  /** Where the machine counts cycles. */
  readonly cycles?: readonly StepCycles[];
  /** Where the machine counts the instructions that it retires. */
  readonly instructions?: readonly StepInstructions[];
}
