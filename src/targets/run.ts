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

/** Bytes that firmware takes of a machine's memory. */
export interface FirmwareMemory {
  /** Code and constants. */
  readonly program: number;
  /** What is zero at the start: the tensors' places, and the runtime's own. */
  readonly variables: number;
  /** The most that was in use, where the machine saw it. */
  readonly stack?: number;
  /** All of it together. */
  readonly peak: number;
}

/** What a machine did with a network's test cases. */
export interface Run {
  /** Of each test case, every step's tensor by the step's name, as it was read back, and what a replay build keeps inside them. */
  readonly cases: readonly ReadonlyMap<string, Tensor>[];
  readonly times: readonly StepTime[];
  /** Where the machine counts cycles. */
  readonly cycles?: readonly StepCycles[];
  /** Where the machine counts the instructions that it retires. */
  readonly instructions?: readonly StepInstructions[];
  /** Where the firmware is all that is in the memory. */
  readonly memory?: FirmwareMemory;
}
