import type { Layer, Network } from '../src/network/network.ts';
import type { Attributes } from '../src/numeric/attributes.ts';
import { type Dtype, elements, type Shape, type Tensor, tensor } from '../src/numeric/tensor.ts';

/** A deterministic source of numbers from 0 to 1 (mulberry32), so that a failing seed can be run again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const integers = (next: () => number, dtype: Dtype, shape: Shape, low: number, high: number): Tensor =>
  tensor(
    { dtype, shape },
    Array.from({ length: elements(shape) }, () => low + Math.floor(next() * (high - low + 1))),
  );

export const reals = (next: () => number, shape: Shape, low: number, high: number): Tensor =>
  tensor(
    { dtype: 'f64', shape },
    Array.from({ length: elements(shape) }, () => low + next() * (high - low)),
  );

export const layer = (
  name: string,
  kind: string,
  inputs: readonly string[],
  attributes: Attributes = {},
  tensors: { readonly [role: string]: Tensor } = {},
): Layer => ({ name, kind, inputs, attributes, tensors });

export const network = (inputs: { readonly [name: string]: Shape }, layers: readonly Layer[], outputs: readonly string[]): Network => ({
  name: 'test',
  inputs: new Map(Object.entries(inputs)),
  layers,
  outputs,
});
