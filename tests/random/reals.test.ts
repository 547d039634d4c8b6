import { expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { BadInput } from '../../src/errors.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Network } from '../../src/network/network.ts';
import type { Tensor } from '../../src/numeric/tensor.ts';
import type { Real } from '../../src/operators/layer.ts';
import { quantiseInput } from '../../src/program/quantise.ts';
import { realValue } from '../../src/verify/real.ts';
import { drawNetwork } from './draw.ts';

interface Quantiser {
  readonly scale: number;
  readonly lo: number;
  readonly hi: number;
}

/** The dequantised value of every quantiser: what realValue starts from. */
function dequantised(network: Network, values: ReadonlyMap<string, Tensor>): (name: string) => Real | undefined {
  const scales = new Map(
    network.layers
      .filter(({ kind }) => kind === 'quantiser' || kind === 'embedding')
      .map(({ name, attributes, tensors }) => [name, (attributes['scale'] as number) ?? tensors['scales']!.data[0]]),
  );
  return (name) => {
    const scale = scales.get(name);
    const value = values.get(name);
    if (scale === undefined || !value) return undefined;
    const reals = Float64Array.from(value.data, (integer) => integer * scale);
    return { shape: value.type.shape, values: reals, bracket: reals.map(Math.abs) };
  };
}

/** The largest distance in steps between an integer and the real number that the network defines, given the integers before it. */
function worstDistance(
  network: Network,
  values: ReadonlyMap<string, Tensor>,
): { readonly distance: number; readonly inside: number; readonly all: number } {
  const given = dequantised(network, values);
  /** A phase jumps at half a turn, and may be any where its bin is empty: it has a test of its own. */
  const phases = new Set(network.layers.filter(({ attributes }) => attributes['part'] === 'phase').map(({ name }) => name));
  let distance = 0;
  let inside = 0;
  let all = 0;
  for (const { name, kind, inputs, attributes } of network.layers) {
    if (kind !== 'quantiser' || network.inputs.has(inputs[0]!) || phases.has(inputs[0]!)) continue;
    const { scale, lo, hi } = attributes as unknown as Quantiser;
    const { values: reals } = realValue(network, inputs[0]!, given, new Map());
    const integers = values.get(name)!.data;
    reals.forEach((real, position) => {
      distance = Math.max(distance, Math.abs(integers[position]! - Math.min(Math.max(real / scale, lo), hi)));
      inside += real / scale > lo - 0.5 && real / scale < hi + 0.5 ? 1 : 0;
      all += 1;
    });
  }
  return { distance, inside, all };
}

const networks = 250;
/** Half a step, and what a 31-bit multiplier and a staircase's 24 fraction bits may add near a tie. */
const bound = 0.5 + 2 ** -12;

test(`every integer of ${networks} random networks is the network's real number, rounded`, () => {
  let lowered = 0;
  for (let seed = 1000; seed < 1000 + networks; seed++) {
    const { network, samples } = drawNetwork(seed);
    try {
      const program = lower(network, { style: dyadic, fuse: false });
      const inputs = new Map([...program.inputs].map(([name, input]) => [name, quantiseInput(input, samples.get(input.source)!.data)]));
      const { distance, inside, all } = worstDistance(network, runReference(program, inputs));
      expect(distance, `seed ${seed}`).toBeLessThanOrEqual(bound);
      expect(inside, `seed ${seed} is saturated`).toBeGreaterThanOrEqual(all / 2);
      lowered += 1;
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
    }
  }
  expect(lowered).toBeGreaterThan(0.95 * networks);
});
