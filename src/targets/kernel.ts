import type { Tensor, TensorType } from '../numeric/tensor.ts';
import type { Known, Operators } from '../program/operator.ts';
import type { Program, Step } from '../program/program.ts';
import type { Code } from './c.ts';
import type { Namer } from './identifiers.ts';

/** A step and what a kernel may know of its surroundings. */
export interface Site {
  readonly program: Program;
  readonly step: Step;
  /** Of every input, constant and step. */
  readonly types: ReadonlyMap<string, TensorType>;
  readonly operators: Operators;
  /** What is proved of every value. */
  known(): ReadonlyMap<string, Known>;
  /** The result of every call is wanted in memory: kernels that compute several calls as one have no work, where they can do without. */
  readonly apart?: boolean;
}

/** One way of doing a step: plain data, which only the kernel that made it reads. */
export interface Work {
  /** Bytes of memory that it needs while the step runs, beside operands and result. */
  readonly scratch: number;
  /**
   * An operand over which the result may be written: each of its elements is read before the result's own at that place is there, and by nothing
   * that runs later or beside.
   */
  readonly over?: string;
  /** Constants that the Program does not have, by names that no other step gives: the Program's own in another order, and the like. */
  readonly constants?: ReadonlyMap<string, Tensor>;
}

/** The body of a step's C function under construction. */
export interface Body {
  /** The C name of an input, a step's result or a constant: a pointer to its first element. */
  pointer(value: string): string;
  /** That name without what makes it unique among several networks. */
  plainName(value: string): string;
  /** The C address of a byte of the step's scratch memory. */
  scratch(offset: number): Code;
  /** The C name of the tensor in which a replay build keeps the result of a call, by its number in the step; undefined where none is kept. */
  kept(stage: number): string | undefined;
  /** A new name in this function; operators' names may be given as they are. */
  readonly local: Namer;
}

/** One way of doing some steps on a machine. A kernel says what it can take; nobody says it for the kernel. */
export interface Kernel<Machine, W extends Work> {
  readonly name: string;
  /** The ways in which this kernel could do the step, none if it cannot: never an error. */
  works(site: Site, machine: Machine): Iterable<W>;
  cycles(work: W, machine: Machine): number;
  /** The files of kernels/ whose functions the emitted code calls. */
  sources(work: W): readonly string[];
  emit(work: W, body: Body, machine: Machine): Code;
  /**
   * What computes the result of a call, one of the step's but the last by its number, and never lays it in memory, as a user would write it;
   * undefined where `emit` copies it to where the body keeps it.
   */
  within(work: W, stage: number): string | undefined;
}

export interface Choice<Machine> {
  readonly kernel: Kernel<Machine, Work>;
  readonly work: Work;
  readonly cycles: number;
}

/** Forgets the type of a kernel's work. Sound, since only the kernel itself reads what it made. */
export const defineKernel = <Machine, W extends Work>(kernel: Kernel<Machine, W>): Kernel<Machine, Work> =>
  kernel as unknown as Kernel<Machine, Work>;

/** Does the steps whose results lie where something else does: a function without statements. Only the placement of tensors chooses it. */
const nothing = defineKernel<unknown, Work>({
  name: 'nothing',
  *works() {},
  cycles: () => 0,
  sources: () => [],
  emit: () => '',
  within: () => 'no code',
});

/** That choice. */
export const noWork: Choice<unknown> = { kernel: nothing, work: { scratch: 0 }, cycles: 0 };

/** The kernel with a name that a Plan gives. */
export const kernelNamed = <Machine>(kernels: readonly Kernel<Machine, Work>[], name: string): Kernel<Machine, Work> =>
  kernels.find((kernel) => kernel.name === name) ?? nothing;

/** The cheapest way, the first of equals. A target's list ends with the portable kernels, so there is always one: fallback is just a worse price. */
export function choose<Machine>(site: Site, kernels: readonly Kernel<Machine, Work>[], machine: Machine): Choice<Machine> {
  const choices = kernels.flatMap((kernel) =>
    Array.from(kernel.works(site, machine), (work) => ({ kernel, work, cycles: kernel.cycles(work, machine) })),
  );
  return choices.reduce((best, choice) => (choice.cycles < best.cycles ? choice : best));
}
