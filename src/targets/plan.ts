import { BadInput } from '../errors.ts';
import type { Tensor, TensorType } from '../numeric/tensor.ts';
import { type Arena, placeFirstFit } from '../program/arena.ts';
import type { Inside } from '../program/insides.ts';
import { type Lifetime, lifetimes, valueTypes } from '../program/lifetimes.ts';
import type { Known, Operators } from '../program/operator.ts';
import type { Program, Step } from '../program/program.ts';
import { verifyProgram } from '../program/verify.ts';
import { type Alias, type Aliases, aliasesOf, withoutAliases } from './aliases.ts';
import { type Namer, namer } from './identifiers.ts';
import { choose, type Kernel, noWork, type Work } from './kernel.ts';

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
  /** Present where the result is a stretch of another tensor and has no bytes of its own. */
  readonly alias?: Alias;
}

/** The result of a call within a step that the firmware keeps: valid until the next step runs. */
export interface KeptInside extends TensorBuffer {
  /** The number of the call. */
  readonly stage: number;
}

/** What becomes of an inside in a replay build. */
export type ReplayedInside = Inside &
  (
    | { /** The name of what holds its elements: a kept inside, or a step's result. */ readonly tensor: string }
    | { /** What computes it, and never lays it in memory. */ readonly within: string }
  );

/** What a replay build keeps beside the results of its steps: it differs from the firmware in these stores only. */
export interface Replay {
  /** What each step keeps, in the order of the steps. */
  readonly kept: readonly (readonly KeptInside[])[];
  /** Bytes of their memory: steps share it. */
  readonly bytes: number;
  readonly insides: readonly ReplayedInside[];
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
  /** Values of the Program that was given which this one holds in another form, each as the step that makes it of that: for a reader, not for the machine. */
  readonly restored?: readonly Step[];
  /** Present in the plan of a replay build. */
  readonly replay?: Replay;
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

interface Placed {
  readonly aliases: Aliases;
  readonly tensors: readonly Lifetime[];
  /** The scratch memory of the steps that need any. */
  readonly scratches: readonly Lifetime[];
  readonly arena: Arena;
  /** What a tensor is called in the arena: one that is written over another has its place. */
  placeOf(name: string): string;
}

/** What tensors and scratch memory are called in the arena: a step may have any name. */
const tensorOf = (name: string): string => `tensor ${name}`;
const scratchOf = (index: number): string => `scratch ${index}`;

/** How much more memory than with a place for each tensor aliases may need: copies take time, and memory besides. */
const more = 1 / 4;

/** Places tensors and scratch memory. Of the aliases those are taken that do not raise the peak by more: a stretch keeps all of its tensor alive. */
function place(program: Program, choices: readonly { readonly work: Work }[], possible: Aliases): Placed {
  const all = lifetimes(program);
  const placed = (aliases: Aliases, inPlace = true): Placed => {
    const tensors = withoutAliases(all, aliases);
    const scratches = choices.flatMap(({ work }, index) =>
      work.scratch === 0 || aliases.has(program.steps[index]!.name)
        ? []
        : [{ name: scratchOf(index), bytes: work.scratch, first: index, last: index }],
    );
    const over = inPlace ? overwritten(program, choices, tensors, aliases) : new Map<string, string>();
    const first = (name: string): string => (over.has(name) ? first(over.get(name)!) : name);
    const placeOf = (name: string): string => tensorOf(first(name));
    const lasts = new Map(tensors.map(({ name, last }) => [placeOf(name), last]));
    const places = tensors.filter(({ name }) => !over.has(name)).map((tensor) => ({ ...tensor, name: placeOf(tensor.name) }));
    const arena = placeFirstFit([...places.map((tensor) => ({ ...tensor, last: lasts.get(tensor.name)! })), ...scratches]);
    return { aliases, tensors, scratches, arena, placeOf };
  };
  let best = placed(new Map());
  const most = placed(best.aliases, false).arena.peak * (1 + more);
  const better = (next: Placed): boolean => next.arena.peak <= most;
  // All of them, else those of one tensor together, else each alone.
  const every = [...possible];
  const roots = new Set(every.map(([, { of }]) => of));
  const together = Array.from(roots, (root) => every.filter(([, { of }]) => of === root));
  for (const group of [every, ...together, ...every.map((alias) => [alias])]) {
    const aliases = new Map([...best.aliases, ...group]);
    if (aliases.size === best.aliases.size) continue;
    const next = placed(aliases);
    if (better(next)) best = next;
  }
  return best;
}

/** The steps whose result is written over an operand that nobody reads afterwards: each with that operand. `tensors` are those with a place. */
function overwritten(
  { inputs, steps, outputs }: Program,
  choices: readonly { readonly work: Work }[],
  tensors: readonly Lifetime[],
  aliases: Aliases,
): Map<string, string> {
  const placed = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const kept = new Set([...inputs.keys(), ...outputs.map((output) => aliases.get(output)?.of ?? output)]);
  const over = new Map<string, string>();
  steps.forEach(({ name }, index) => {
    const operand = placed.get(choices[index]!.work.over ?? '');
    const result = placed.get(name);
    if (operand && result && operand.last === index && operand.bytes === result.bytes && !kept.has(operand.name))
      over.set(name, operand.name);
  });
  return over;
}

export interface PlanOptions {
  /** Kernels are to lay the result of every call in memory, whatever that costs. */
  readonly apart?: boolean;
}

/** Chooses a kernel for every step and places every tensor, and the kernels' scratch memory, by first fit over lifetimes. */
export function planProgram<Machine>(
  program: Program,
  operators: Operators,
  kernels: readonly Kernel<Machine, Work>[],
  machine: Machine,
  { apart = false }: PlanOptions = {},
): Plan {
  const types = valueTypes(program);
  let proved: ReadonlyMap<string, Known> | undefined;
  const known = (): ReadonlyMap<string, Known> => (proved ??= verifyProgram(program, operators));
  const possible = program.steps.map((step) => choose({ program, step, types, operators, known, apart }, kernels, machine));
  const { aliases, tensors, scratches, arena, placeOf } = place(program, possible, aliasesOf(program, types, operators));
  const choices = possible.map((choice, index) => (aliases.has(program.steps[index]!.name) ? noWork : choice));
  const derived = new Map(choices.flatMap(({ work }) => [...(work.constants ?? [])]));
  const { offsets, peak, lowerBound } = arena;

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
  const places = new Map(tensors.map(({ name, first, last }) => [name, { offset: offsets.get(placeOf(name))!, first, last }]));
  const buffers = lifetimes(program).map((lifetime): TensorBuffer => {
    const { of, offset } = aliases.get(lifetime.name) ?? { of: lifetime.name, offset: 0 };
    const place = places.get(of)!;
    return {
      ...lifetime,
      ...(of === lifetime.name && place),
      offset: place.offset + offset,
      identifier: identifiers.get(lifetime.name)!,
      type: types.get(lifetime.name)!,
    };
  });
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
      const alias = aliases.get(result.name);
      return { result, ...(scratch && { scratch }), kernel: kernel.name, work, cycles, ...(alias && { alias }) };
    }),
    derived,
    constants: identifiersOf([...program.constants.keys(), ...derived.keys()], name),
    memory: { peak, lowerBound },
  };
}

/** Every input and every step's result, by its name. */
export const tensorsOf = ({ inputs, steps }: Plan): Map<string, TensorBuffer> =>
  new Map([...inputs, ...steps.map(({ result }) => result)].map((buffer) => [buffer.name, buffer]));

/** What the firmware gives of a test case, step by step: what a replay build keeps of it, then its result. */
export const dumpsOf = ({ steps, replay }: Plan): readonly TensorBuffer[] =>
  steps.flatMap(({ result }, index) => [...(replay?.kept[index] ?? []), result]);

/** Every buffer of a Plan that has bytes of its own: what a map of memory over time shows. */
export const buffersOf = ({ inputs, steps }: Plan): Buffer[] => [
  ...inputs,
  ...steps.flatMap(({ result, scratch, alias }) => [...(alias ? [] : [result]), ...(scratch ? [scratch] : [])]),
];
