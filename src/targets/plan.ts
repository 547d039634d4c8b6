import { BadInput } from '../errors.ts';
import type { Tensor, TensorType } from '../numeric/tensor.ts';
import { placeFirstFit } from '../program/arena.ts';
import { lifetimes, valueTypes } from '../program/lifetimes.ts';
import type { Known, Operators } from '../program/operator.ts';
import type { Program } from '../program/program.ts';
import { verifyProgram } from '../program/verify.ts';
import { type Namer, namer } from './identifiers.ts';
import { choose, type Kernel, type Work } from './kernel.ts';

/** A place in the arena that holds `name` from the start of step `first` to the end of step `last`. */
export interface Buffer {
  readonly name: string;
  /** Its name in C, and that of its file. */
  readonly identifier: string;
  readonly offset: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** An input or a step's result. */
export interface TensorBuffer extends Buffer {
  readonly type: TensorType;
}

export interface PlannedStep {
  readonly result: TensorBuffer;
  /** Absent where the kernel needs none. */
  readonly scratch?: Buffer;
  /** The kernel that does it, by its name. */
  readonly kernel: string;
  readonly work: Work;
  readonly cycles: number;
}

/** A Program placed on a machine. Plain data. */
export interface Plan {
  readonly program: Program;
  readonly inputs: readonly TensorBuffer[];
  readonly steps: readonly PlannedStep[];
  /** Constants that kernels have made. */
  readonly derived: ReadonlyMap<string, Tensor>;
  /** The C name of each constant, without the network's. */
  readonly constants: ReadonlyMap<string, string>;
  /** Bytes of the arena, and what no placement could go below. */
  readonly memory: { readonly peak: number; readonly lowerBound: number };
}

/** A Plan and what its C symbols are called. */
export interface NamedPlan {
  readonly plan: Plan;
  /** The C name of its bw_network, with which every symbol of external linkage begins. */
  readonly symbol: string;
  /** Stands before the names that only one C file sees: several networks may share one. */
  readonly prefix: string;
}

/** Addresses in the arena are enumeration constants, which are ints. */
const largestArena = 2 ** 31 - 1;

const identifiersOf = (names: Iterable<string>, name: Namer): Map<string, string> =>
  new Map(Array.from(names, (value): [string, string] => [value, name(value)]));

/** Chooses a kernel for every step and places every tensor, and the kernels' scratch memory, by first fit over lifetimes. */
export function planProgram<Machine>(
  program: Program,
  operators: Operators,
  kernels: readonly Kernel<Machine, Work>[],
  machine: Machine,
): Plan {
  const types = valueTypes(program);
  let proved: ReadonlyMap<string, Known> | undefined;
  const known = (): ReadonlyMap<string, Known> => (proved ??= verifyProgram(program, operators));
  const choices = program.steps.map((step) => choose({ program, step, types, operators, known }, kernels, machine));
  const derived = new Map(choices.flatMap(({ work }) => [...(work.constants ?? [])]));
  const tensors = lifetimes(program);
  const scratchOf = (index: number): string => `scratch of step ${index}`;
  const scratches = choices.flatMap(({ work }, index) =>
    work.scratch === 0 ? [] : [{ name: scratchOf(index), bytes: work.scratch, first: index, last: index }],
  );
  // A step may be called "scratch of step 0", so tensors are placed under the number of their lifetime.
  const numbered = tensors.map((lifetime, index) => ({ ...lifetime, name: `tensor ${index}` }));
  const { offsets, peak, lowerBound } = placeFirstFit([...numbered, ...scratches]);

  if (peak > largestArena) {
    throw new BadInput({
      where: `program ${program.name}`,
      found: `tensors that need ${peak} bytes of memory at once`,
      expected: `at most ${largestArena}`,
      remedy: 'use a smaller network or a smaller input',
    });
  }

  const name = namer();
  const identifiers = identifiersOf([...program.inputs.keys(), ...program.steps.map((step) => step.name)], name);
  const buffers = tensors.map(
    (lifetime, index): TensorBuffer => ({
      ...lifetime,
      offset: offsets.get(`tensor ${index}`)!,
      identifier: identifiers.get(lifetime.name)!,
      type: types.get(lifetime.name)!,
    }),
  );
  const scratchBuffers = new Map(
    scratches.map((lifetime): [number, Buffer] => {
      const identifier = name(`${program.steps[lifetime.first]!.name}_scratch`);
      return [lifetime.first, { ...lifetime, identifier, offset: offsets.get(lifetime.name)! }];
    }),
  );
  return {
    program,
    inputs: buffers.slice(0, program.inputs.size),
    steps: choices.map(({ kernel, work, cycles }, index) => {
      const scratch = scratchBuffers.get(index);
      const result = buffers[program.inputs.size + index]!;
      return { result, ...(scratch && { scratch }), kernel: kernel.name, work, cycles };
    }),
    derived,
    constants: identifiersOf([...program.constants.keys(), ...derived.keys()], name),
    memory: { peak, lowerBound },
  };
}

/** Every input and every step's result, by its name. */
export const tensorsOf = ({ inputs, steps }: Plan): Map<string, TensorBuffer> =>
  new Map([...inputs, ...steps.map(({ result }) => result)].map((buffer) => [buffer.name, buffer]));

/** Every buffer of a Plan: what a map of memory over time shows. */
export const buffersOf = ({ inputs, steps }: Plan): Buffer[] => [
  ...inputs,
  ...steps.flatMap(({ result, scratch }) => (scratch ? [result, scratch] : [result])),
];
