import { valueTypes } from '../program/lifetimes.ts';
import type { Program } from '../program/program.ts';
import { type Keep, prepareFast } from './fast.ts';
import { packSample, type SampleLayout, sampleLayout, unpackSamples } from './samples.ts';

/** What a thread is started with. All of it survives structuredClone. */
export interface WorkerSetup {
  readonly program: Program;
  readonly kernels: WebAssembly.Module;
}

/** Samples to run, and the results: blocks of bytes that change hands. */
export interface Chunk {
  readonly index: number;
  readonly keep: Keep;
  readonly buffer: ArrayBuffer;
}

export const inputLayout = ({ inputs }: Program): SampleLayout => sampleLayout(Array.from(inputs, ([name, { type }]) => [name, type]));

/** The results that a run keeps, in the engine's order. */
export function resultLayout(program: Program, keep: Keep): SampleLayout {
  const types = valueTypes(program);
  const names = keep === 'outputs' ? program.outputs : [...program.inputs.keys(), ...program.steps.map(({ name }) => name)];
  return sampleLayout([...new Set(names)].map((name) => [name, types.get(name)!]));
}

/** What a thread does with each chunk, whether it is a worker of Node or of a browser. */
export function chunkRunner({ program, kernels }: WorkerSetup): (chunk: Chunk) => Chunk {
  const engine = prepareFast(program, kernels);
  const inputs = inputLayout(program);
  const results = { outputs: resultLayout(program, 'outputs'), steps: resultLayout(program, 'steps') };
  return ({ index, keep, buffer }) => {
    const layout = results[keep];
    const samples = unpackSamples(inputs, buffer);
    const packed = new ArrayBuffer(samples.length * layout.bytes);
    samples.forEach((sample, at) => packSample(layout, packed, at, engine.run(sample, keep, true)));
    return { index, keep, buffer: packed };
  };
}
