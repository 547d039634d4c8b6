import { bytesOf, dtypes, type NumberArray, type Tensor, type TensorType } from '../numeric/tensor.ts';
import { operators } from '../operators/index.ts';
import { placeFirstFit } from '../program/arena.ts';
import { lifetimes, valueTypes } from '../program/lifetimes.ts';
import type { Program, Step } from '../program/program.ts';
import { encode } from './encode.ts';
import { fastest } from './kernels/index.ts';
import type { EngineCall } from './kernels/kernel.ts';
import { constantBytes, type Layout, layout } from './memory.ts';

/** Which results a run returns: the Program's outputs, or every input and step. */
export type Keep = 'outputs' | 'steps';

/** A Program with its constants packed and every address fixed. It may run any number of times, one run after the other. */
export interface FastEngine {
  /**
   * Runs on quantised inputs. With `lend`, outputs lie in the engine's own memory, where the next run overwrites them: saves their copy. A
   * RangeError names an input that is missing or does not fit.
   */
  run(inputs: ReadonlyMap<string, Tensor>, keep?: Keep, lend?: boolean): Map<string, Tensor>;
}

/** One stage of a step: what flows inside the step is named by the number of the stage that makes it. */
interface Stage {
  readonly calls: readonly EngineCall[];
  readonly names: readonly (string | number)[];
  readonly operands: readonly TensorType[];
  readonly result: TensorType;
}

type Kernels = { readonly [name: string]: (...values: number[]) => void };

/** The stages of a step with the fastest calls for each. */
function stagesOf(step: Step, program: Program, types: ReadonlyMap<string, TensorType>, has: (name: string) => boolean): Stage[] {
  const stages: Stage[] = [];
  for (const { operator: name, operands: given, attributes } of step.stages) {
    const operator = operators.get(name)!;
    const previous = stages.at(-1);
    const names = [...(previous ? [stages.length - 1] : []), ...given];
    const operands = [...(previous ? [previous.result] : []), ...given.map((operand) => types.get(operand)!)];
    const result = operator.result(attributes, operands);
    const known = operands.map((type, index) => {
      const constant = program.constants.get(String(names[index]));
      return constant && typeof names[index] === 'string' ? { type, constant } : { type };
    });
    const calls = operator.kernel(attributes, operands, result).map((call) => fastest({ call, operands: known, result, has }));
    stages.push({ calls, names, operands, result });
  }
  return stages;
}

/** Where what flows inside a step lies, in bytes from the start of the scratch memory; the kernels' own memory lies behind it. */
function placeStages(stages: readonly Stage[]): {
  readonly offsets: ReadonlyMap<string, number>;
  readonly free: number;
  readonly bytes: number;
} {
  const inside = stages
    .slice(0, -1)
    .map(({ result }, index) => ({ name: String(index), bytes: bytesOf(result), first: index, last: index + 1 }));
  const { offsets, peak } = placeFirstFit(inside, 64);
  const work = stages.flatMap(({ calls }) =>
    calls.flatMap((call) => call.arguments.map((argument) => ('scratch' in argument ? argument.scratch : 0))),
  );
  const free = Math.ceil(peak / 64) * 64;
  return { offsets, free, bytes: free + Math.max(0, ...work) };
}

/** Where every value lies: constants for good, the others while they are needed. */
function placeValues(program: Program, memory: Layout): (name: string) => number {
  const arena = placeFirstFit(lifetimes(program), 64);
  const start = memory.reserve(arena.peak);
  const bytes = new Map<string, Uint8Array>();
  return (name) => {
    const offset = arena.offsets.get(name);
    if (offset !== undefined) return start + offset;
    if (!bytes.has(name)) bytes.set(name, constantBytes(program.constants.get(name)!));
    return memory.hold(bytes.get(name)!);
  };
}

/** A step's calls as functions without arguments. */
function bindStep(
  step: Step,
  stages: readonly Stage[],
  scratch: number,
  memory: Layout,
  address: (name: string) => number,
  kernels: Kernels,
): (() => void)[] {
  const { offsets, free } = placeStages(stages);
  const place = (name: string | number): number => (typeof name === 'string' ? address(name) : scratch + offsets.get(String(name))!);
  return stages.flatMap(({ calls, names, operands }, index) =>
    calls.map((call) => {
      const result = place(index === stages.length - 1 ? step.name : index);
      const values = encode(call.arguments, operands, { operand: (at) => place(names[at]!), result, scratch: scratch + free }, memory);
      const kernel = kernels[call.function];
      if (!kernel) throw new Error(`the kernels have no function ${call.function}`);
      return bind(kernel, values);
    }),
  );
}

/** Faster than apply: a WebAssembly function ignores what it does not take. */
function bind(kernel: Kernels[string], [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, ...rest]: number[]): () => void {
  if (rest.length > 0) throw new Error('a kernel of more than seven arguments');
  return () => kernel(a, b, c, d, e, f, g);
}

const pageBytes = 65536;

/**
 * Makes a verified Program ready to run on the compiled kernels: packs the weights, fixes all addresses, writes the constants. The kernels
 * come from loadKernels.
 */
export function prepareFast(program: Program, kernels: WebAssembly.Module): FastEngine {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const { exports } = new WebAssembly.Instance(kernels, { env: { memory } });
  const functions = exports as unknown as Kernels;
  const types = valueTypes(program);
  const steps = program.steps.map((step) => ({ step, stages: stagesOf(step, program, types, (name) => name in exports) }));

  const places = layout((exports['__heap_base'] as WebAssembly.Global).value);
  const scratch = places.reserve(Math.max(0, ...steps.map(({ stages }) => placeStages(stages).bytes)));
  const address = placeValues(program, places);
  const bound = steps.map(({ step, stages }) => bindStep(step, stages, scratch, places, address, functions));
  for (const output of program.outputs) address(output);

  memory.grow(Math.max(0, Math.ceil(places.end() / pageBytes) - 16));
  for (const { address: at, bytes } of places.writings) new Uint8Array(memory.buffer, at, bytes.length).set(bytes);

  const viewOf = (name: string): { readonly type: TensorType; readonly data: NumberArray } => {
    const type = types.get(name)!;
    const View = dtypes[type.dtype].array as unknown as new (buffer: ArrayBuffer, offset: number, length: number) => NumberArray;
    return { type, data: new View(memory.buffer, address(name), bytesOf(type) / dtypes[type.dtype].bytes) };
  };
  const inputs = new Map([...program.inputs.keys()].map((name) => [name, viewOf(name)]));
  const results = new Map(program.steps.map(({ name }) => [name, viewOf(name)]));
  const outputs = new Set(program.outputs);

  return {
    run(given, keep = 'outputs', lend = false) {
      const kept = new Map<string, Tensor>();
      const keepValue = (name: string, { type, data }: Tensor): void => {
        if (outputs.has(name)) kept.set(name, { type, data: lend ? data : data.slice() });
        else if (keep === 'steps') kept.set(name, { type, data: data.slice() });
      };
      for (const [name, view] of inputs) {
        const data = given.get(name)?.data;
        if (data?.length !== view.data.length)
          throw new RangeError(`the input ${name} has ${data?.length ?? 0} elements, not ${view.data.length}`);
        view.data.set(data);
        keepValue(name, view);
      }
      program.steps.forEach(({ name }, index) => {
        for (const call of bound[index]!) call();
        keepValue(name, results.get(name)!);
      });
      return kept;
    },
  };
}
