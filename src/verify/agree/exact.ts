import type { Network } from '../../network/network.ts';
import type { Shape } from '../../numeric/tensor.ts';
import type { Quantisation, Real } from '../../operators/layer.ts';
import { layers } from '../../operators/layers.ts';
import { realValue } from '../real.ts';
import { type Framework, sampleOf } from './framework.ts';

/** The exact reals of one sample, given the framework's integers at every quantiser. */
export interface Exact {
  /** What the layer `name` rounds; undefined where that is a float input, which everybody divides in float32. */
  unrounded(name: string): Real | undefined;
  value(name: string): Real;
}

/** The scale and the clamp of a layer that rounds. */
export function quantisationOf(network: Network, name: string): Quantisation {
  const layer = network.layers.find((candidate) => candidate.name === name);
  const { scale, lo, hi } = layer?.attributes ?? {};
  if (typeof scale !== 'number' || typeof lo !== 'number' || typeof hi !== 'number') {
    throw new RangeError(`${name} is no layer that rounds`);
  }
  return { scale, lo, hi };
}

const absolute = (shape: Shape, values: Float64Array): Real => ({ shape, values, bracket: values.map(Math.abs) });

export function exactSample(network: Network, { inputs, integers, count }: Framework, sample: number): Exact {
  const remembered = new Map<string, Real>();
  for (const [name, all] of inputs) {
    const { type, data } = sampleOf(all, sample, count);
    // A bracket of 0: nothing is summed in front of the input's quantiser, so everybody divides the same float32.
    remembered.set(name, { shape: type.shape, values: Float64Array.from(data), bracket: new Float64Array(data.length) });
  }
  const given = (name: string): Real | undefined => {
    const all = integers.get(name);
    if (!all) return undefined;
    const { scale } = quantisationOf(network, name);
    const { type, data } = sampleOf(all, sample, count);
    return absolute(
      type.shape,
      Float64Array.from(data, (integer) => integer * scale),
    );
  };
  const value = (name: string): Real => realValue(network, name, given, remembered);
  return {
    value,
    unrounded(name) {
      const layer = network.layers.find((candidate) => candidate.name === name)!;
      if (layer.inputs.some((input) => network.inputs.has(input))) return undefined;
      const [first, ...others] = layer.inputs.map(value);
      const unrounded = layers.get(layer.kind)!.unrounded;
      if (!unrounded) throw new RangeError(`${name} is no layer that rounds`);
      return unrounded(layer, [first!, ...others]);
    },
  };
}
