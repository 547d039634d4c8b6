import { describe, expect, test } from 'vitest';
import { runReference } from '../../../src/engine/reference.ts';
import { approximate } from '../../../src/importers/ares/approximate.ts';
import { aresForm } from '../../../src/importers/ares/export.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ares } from '../../../src/lowering/styles/ares.ts';
import { dyadic } from '../../../src/lowering/styles/dyadic.ts';
import type { Layer, Network } from '../../../src/network/network.ts';
import { type Shape, tensor } from '../../../src/numeric/tensor.ts';
import { integers, layer, network, random, reals } from '../../networks.ts';

const next = random(9);
const vector = (size: number, low: number, high: number) =>
  tensor({ dtype: 'f32', shape: [size] }, Float32Array.from(reals(next, [size], low, high).data, Number));
const int8 = (name: string, input: string, scale: number): Layer => layer(name, 'quantiser', [input], { scale, lo: -128, hi: 127 });
const convolution = (name: string, input: string, shape: Shape, scales: number): Layer =>
  layer(
    name,
    'convolution',
    [input],
    { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 },
    { weights: integers(next, 'i8', shape, -127, 127), scales: reals(next, [scales], 0.001, 0.004), bias: vector(shape[0]!, -0.5, 0.5) },
  );
const norm = (name: string, input: string, size: number): Layer =>
  layer(
    name,
    'batch-norm',
    [input],
    { epsilon: 1e-5 },
    { gamma: vector(size, -1, 2), beta: vector(size, -1, 1), mean: vector(size, -1, 1), variance: vector(size, 0.5, 2) },
  );
const scaled = (name: string, own: Network, inputs: ReturnType<typeof integers>): Float64Array => {
  const program = lower(own, { style: dyadic, fuse: false });
  const scale = Number(own.layers.find((one) => one.name === name)!.attributes['scale']);
  const found = runReference(program, new Map([[[...program.inputs.keys()][0]!, inputs]])).get(name)!;
  return Float64Array.from(found.data, (integer) => Number(integer) * scale);
};

describe('the nearest network that the ARES format holds', () => {
  const traced = network(
    { x: [1, 3, 6, 6] },
    [
      int8('q_in', 'x', 0.02),
      convolution('conv1', 'q_in', [4, 3, 3, 3], 4),
      norm('norm1', 'conv1', 4),
      layer('relu1.relu', 'relu', ['norm1']),
      layer('relu1', 'quantiser', ['relu1.relu'], { scale: 0.03, lo: 0, hi: 255 }),
      convolution('conv2', 'relu1', [4, 4, 3, 3], 1),
      layer('sum', 'add', ['conv2', 'relu1']),
      int8('q_sum', 'sum', 0.1),
    ],
    ['q_sum'],
  );
  const { network: nearest, changes } = approximate(traced);

  test('lists what was changed, layer by layer', () => {
    expect(changes).toEqual([
      { layer: 'conv1', change: 'its BatchNorm is in its weights, which are rounded to 8 bits again' },
      { layer: 'relu1', change: '0..255 became int8 at 2 times the scale' },
      { layer: 'conv2', change: 'its sums are rounded to int8 at 0.1 before they are read' },
    ]);
  });

  test('computes nearly the same', () => {
    const inputs = integers(next, 'i8', [1, 3, 6, 6], -128, 127);
    for (const [name, steps] of [
      ['relu1', 2],
      ['q_sum', 4],
    ] as const) {
      const [exact, near] = [scaled(name, traced, inputs), scaled(name, nearest, inputs)];
      const step = Number(nearest.layers.find((one) => one.name === name)!.attributes['scale']);
      exact.forEach((value, at) => {
        expect(Math.abs(near[at]! - Math.min(value, 127 * step))).toBeLessThanOrEqual(steps * step);
      });
    }
  });

  test('has a form, and is its own nearest', () => {
    expect(() => aresForm(traced, { nearest: false })).toThrow(/layer conv1: found a result that nothing rounds/);
    const { form } = aresForm(traced, { nearest: true });
    expect(approximate(form.network)).toEqual({ network: form.network, changes: [] });
    expect(() => lower(form.network, { style: ares })).not.toThrow();
  });

  test('is the network itself where the format holds it', () => {
    const plain = network(
      { x: [1, 3, 6, 6] },
      [int8('q_in', 'x', 0.02), convolution('conv1', 'q_in', [4, 3, 3, 3], 1), int8('q1', 'conv1', 0.1)],
      ['q1'],
    );
    expect(approximate(plain)).toEqual({ network: plain, changes: [] });
  });
});

describe('the style of ARES refuses what its formulas are mistaken about', () => {
  const of = (kind: string, inputs: readonly string[], attributes: Layer['attributes'] = {}): Network =>
    network({ x: [1, 4, 40] }, [int8('q_in', 'x', 0.02), layer('own', kind, inputs, attributes), int8('q_out', 'own', 0.02)], ['q_out']);
  test.each([
    [
      'GroupNorm',
      of('group-norm', ['q_in'], { groups: 2, epsilon: 1e-5 }),
      /layer own: found a GroupNorm, which ARES multiplies by the scale/,
    ],
    ['softmax', of('softmax', ['q_in']), /layer own: found a softmax, which ARES takes of sixteen times the scores/],
    ['RFFT', of('rfft', ['q_in'], { part: 'magnitude' }), /layer own: found a Fourier transform, whose factors/],
    ['products', of('multiply', ['q_in', 'q_in']), /layer own: found a product of activations, which ARES has in its Mamba blocks alone/],
  ])('%s', (_, own, said) => {
    expect(() => lower(own, { style: ares })).toThrow(said);
    expect(() => lower(own, { style: dyadic })).not.toThrow();
  });
});
