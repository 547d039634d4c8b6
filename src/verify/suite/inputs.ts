import type { Network } from '../../network/network.ts';
import { elements, type Shape, tensor } from '../../numeric/tensor.ts';
import type { Sample } from '../samples.ts';

/** Values beyond what a quantiser of 8 bits holds, whatever its scale is in a network of numbers near 1. */
const beyond = 1e4;

/** Numbers from 0 up to 1 from a seed: mulberry32 (Tommy Ettinger, public domain). */
function* uniform(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ; ) {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    yield ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }
}

const filled = (inputs: ReadonlyMap<string, Shape>, value: () => number): Sample =>
  new Map(
    [...inputs].map(([name, shape]) => [name, tensor({ dtype: 'f32', shape }, Float32Array.from({ length: elements(shape) }, value))]),
  );

/**
 * What each network of the suite is run on: a real sample where it brings one along, random values as far apart as those of the sample are, and
 * extremes: elements that every quantiser limits, high and low in no order.
 */
export function suiteSamples({ inputs }: Network, real: Sample | undefined): readonly Sample[] {
  const numbers = uniform(20_260_218);
  const next = (): number => numbers.next().value;
  const given = [...(real?.values() ?? [])].flatMap(({ data }) => Array.from(data as Float32Array, Math.abs));
  const widest = given.reduce((most, value) => Math.max(most, value), 1);
  const random = filled(inputs, () => (2 * next() - 1) * widest);
  const extremes = filled(inputs, () => (next() < 0.5 ? -beyond : beyond) * widest);
  return [...(real ? [real] : [filled(inputs, () => 0)]), random, extremes];
}
