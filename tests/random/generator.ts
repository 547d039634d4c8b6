import type { Layer, Network } from '../../src/network/network.ts';
import type { Attributes } from '../../src/numeric/attributes.ts';
import { elements, type Shape, type Tensor } from '../../src/numeric/tensor.ts';
import type { Real } from '../../src/operators/layer.ts';
import { layers as kinds } from '../../src/operators/layers.ts';
import { integers, layer, random, reals } from '../networks.ts';

/** A value of the network under construction, with the real numbers that a few samples give it. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
  readonly real: Real;
  /** Whether a quantiser made it, so that a convolution can read it. */
  readonly quantised: boolean;
}

/** Draws a form of graph and returns its new quantised value; undefined where it came to nothing. */
export type Draw = (sketch: NetworkSketch, pool: readonly Value[]) => Value | undefined;

/** Draws a network layer by layer: each quantiser's scale is chosen from the values that reach it, so that most lie inside its clamp. */
export class NetworkSketch {
  readonly next: () => number;
  readonly layers: Layer[] = [];
  readonly inputs = new Map<string, Shape>();
  readonly samples = new Map<string, Tensor>();
  #count = 0;

  constructor(seed: number) {
    this.next = random(seed);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)]!;
  }

  input(shape: Shape, size: number): Value {
    const name = `x${this.inputs.size}`;
    const sample = reals(this.next, shape, -size, size);
    this.inputs.set(name, shape);
    this.samples.set(name, sample);
    const values = Float64Array.from(sample.data);
    return { name, shape, real: { shape, values, bracket: values.map(Math.abs) }, quantised: false };
  }

  apply(kind: string, inputs: readonly Value[], attributes: Attributes = {}, tensors: Layer['tensors'] = {}, quantised = false): Value {
    this.#count += 1;
    const made = layer(
      `${kind}${this.#count}`,
      kind,
      inputs.map(({ name }) => name),
      attributes,
      tensors,
    );
    const rules = kinds.get(kind)!;
    const [first, ...others] = inputs;
    const shape = rules.shape(
      made,
      inputs.map((value) => value.shape),
    );
    const real = rules.real(made, [first!.real, ...others.map((value) => value.real)]);
    this.layers.push(made);
    return { name: made.name, shape, real, quantised };
  }

  /** A quantiser of a random width whose clamp most values are inside of. Undefined when the values are all alike. */
  quantise(value: Value, unsigned = this.chance(0.3)): Value | undefined {
    const bits = this.chance(0.8) ? 8 : this.between(2, 7);
    const hi = unsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
    const lo = unsigned ? 0 : -(2 ** (bits - 1)) + (this.chance(0.3) ? 1 : 0);
    const magnitudes = [...value.real.values].map(Math.abs).toSorted((a, b) => a - b);
    const quantile = magnitudes[Math.floor((0.8 + 0.2 * this.next()) * (magnitudes.length - 1))]!;
    if (quantile === 0) return undefined;
    const scale = Math.fround((quantile / Math.max(hi, 1)) * (0.9 + 0.4 * this.next()));
    const inside = [...value.real.values].filter((x) => x / scale > lo - 0.5 && x / scale < hi + 0.5).length;
    if (inside < 0.5 * value.real.values.length || scale < 2 ** -30 || scale > 2 ** 10) return undefined;
    return this.apply('quantiser', [value], { scale, lo, hi }, {}, true);
  }

  weights(shape: Shape): Layer['tensors'] {
    const bits = this.chance(0.7) ? 8 : this.between(2, 7);
    const hi = 2 ** (bits - 1) - 1;
    const outputs = shape[0]!;
    const extremes = this.chance(0.1);
    const weights = extremes ? integers(this.next, 'i8', shape, 0, 1) : integers(this.next, 'i8', shape, -hi, hi);
    if (extremes) weights.data.forEach((bit, index) => weights.data.fill(bit ? hi : -hi, index, index + 1));
    return { weights, scales: reals(this.next, [this.chance(0.5) ? 1 : outputs], 2 ** -8, 2 ** -6) };
  }

  /** A bias in proportion to what it is added to. */
  bias(value: Value, channels: number): Tensor {
    const size = Math.max(...[...value.real.values].map(Math.abs), 1e-30);
    return reals(this.next, [channels], -0.3 * size, 0.5 * size);
  }

  network(outputs: readonly Value[]): Network {
    return { name: 'random', inputs: this.inputs, layers: this.layers, outputs: outputs.map(({ name }) => name) };
  }
}

export const isImage = ({ shape }: Value): boolean => shape.length > 2;
export const small = ({ shape }: Value): boolean => elements(shape) <= 2000;
