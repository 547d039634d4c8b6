import { bytesOf, dtypes, type Tensor } from '../numeric/tensor.ts';
import { operators } from '../operators/index.ts';
import { placeFirstFit } from '../program/arena.ts';
import { lifetimes } from '../program/lifetimes.ts';
import type { Program, Step } from '../program/program.ts';
import { verifyProgram } from '../program/verify.ts';
import { encode } from './encode.ts';
import { constantBytes, type Layout, layout } from './memory.ts';
import { placeStages, type StepWork, workOf } from './stages.ts';

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

type Kernels = { readonly [name: string]: (...values: number[]) => void };

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
  work: StepWork,
  scratch: number,
  memory: Layout,
  address: (name: string) => number,
  kernels: Kernels,
): (() => void)[] {
  const { offsets, free } = placeStages(work);
  const place = (name: string | number): number => (typeof name === 'string' ? address(name) : scratch + offsets.get(String(name))!);
  return work.works.flatMap(({ calls, operands, stage, offset }) => {
    const result = place(stage === step.stages.length - 1 ? step.name : stage) + offset;
    const types = operands.map(({ type }) => type);
    const operand = (index: number): number => place(operands[index]!.name) + operands[index]!.offset;
    return calls.map((call) => {
      const kernel = kernels[call.function];
      if (!kernel) throw new Error(`the kernels have no function ${call.function}`);
      return bind(kernel, encode(call.arguments, types, { operand, result, scratch: scratch + free }, memory));
    });
  });
}

/** Faster than apply: a WebAssembly function ignores what it does not take. */
function bind(kernel: Kernels[string], [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, ...rest]: number[]): () => void {
  if (rest.length > 0) throw new Error('a kernel of more than seven arguments');
  return () => kernel(a, b, c, d, e, f, g);
}

const pageBytes = 65536;

/**
 * Makes a Program ready to run on the compiled kernels: packs the weights, fixes all addresses, writes the constants. The kernels
 * come from loadKernels.
 */
export function prepareFast(program: Program, kernels: WebAssembly.Module): FastEngine {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const { exports } = new WebAssembly.Instance(kernels, { env: { memory } });
  const functions = exports as unknown as Kernels;
  const known = verifyProgram(program, operators);
  const steps = program.steps.map((step) => ({ step, work: workOf(step, known, (name) => name in exports) }));

  const places = layout((exports['__heap_base'] as WebAssembly.Global).value);
  const scratch = places.reserve(Math.max(0, ...steps.map(({ work }) => placeStages(work).bytes)));
  const address = placeValues(program, places);
  const bound = steps.map(({ step, work }) => bindStep(step, work, scratch, places, address, functions));
  for (const output of program.outputs) address(output);

  memory.grow(Math.max(0, Math.ceil(places.end() / pageBytes) - 16));
  for (const { address: at, bytes } of places.writings) new Uint8Array(memory.buffer, at, bytes.length).set(bytes);

  const viewOf = (name: string): Tensor => {
    const { type } = known.get(name)!;
    const View = dtypes[type.dtype].array as unknown as new (buffer: ArrayBuffer, offset: number, length: number) => Tensor['data'];
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
