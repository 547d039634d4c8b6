import { expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Network } from '../../src/network/network.ts';
import type { Tensor } from '../../src/numeric/tensor.ts';
import type { Real } from '../../src/operators/layer.ts';
import { quantiseInput } from '../../src/program/quantise.ts';
import { printProgram } from '../../src/program/text.ts';
import { realValue } from '../../src/verify/real.ts';
import { integers, layer, network, random, reals } from '../networks.ts';

const next = random(1);
const conv = (name: string, input: string, outputs: number, channels: number, size: number, groups = 1) =>
  layer(
    name,
    'convolution',
    [input],
    { stride: [1, 1], padding: [size >> 1, size >> 1, size >> 1, size >> 1], groups },
    {
      weights: integers(next, 'i8', [outputs, channels / groups, size, size], -127, 127),
      scales: reals(next, [outputs], 0.001, 0.002),
      bias: reals(next, [outputs], -0.5, 0.5),
    },
  );
const norm = (name: string, input: string, channels: number) =>
  layer(
    name,
    'batch-norm',
    [input],
    { epsilon: 1e-5 },
    {
      gamma: reals(next, [channels], -1.5, 1.5),
      beta: reals(next, [channels], -0.5, 0.5),
      mean: reals(next, [channels], -0.3, 0.3),
      variance: reals(next, [channels], 0.1, 2),
    },
  );
const quant = (name: string, input: string, scale: number, lo = -128, hi = 127) => layer(name, 'quantiser', [input], { scale, lo, hi });

const everything: Network = network(
  { x: [1, 2, 8, 8] },
  [
    quant('q_in', 'x', 0.01),
    conv('conv1', 'q_in', 6, 2, 3),
    norm('bn1', 'conv1', 6),
    layer('pool0', 'max-pool', ['bn1'], { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false }),
    layer('relu1.relu', 'relu', ['pool0']),
    quant('relu1', 'relu1.relu', 0.006, 0, 255),
    conv('dw', 'relu1', 6, 6, 3, 6),
    layer('sum', 'add', ['dw', 'relu1']),
    quant('q_add', 'sum', 0.013),
    conv('pw', 'relu1', 4, 6, 1),
    layer('act', 'unary', ['pw'], { function: 'silu' }),
    quant('q_act', 'act', 0.005),
    layer('cat', 'concat', ['q_add', 'q_act', 'relu1'], { axis: 1 }),
    quant('q_cat', 'cat', 0.02),
    layer('pool', 'average-pool', ['q_cat'], { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], ceil: false, countPadding: false }),
    quant('q_pool', 'pool', 0.011),
    layer('gelu', 'unary', ['q_pool'], { function: 'gelu' }),
    quant('q_gelu', 'gelu', 0.012),
    layer('flat', 'reshape', ['q_gelu'], { shape: [1, 64] }),
    layer(
      'fc',
      'linear',
      ['flat'],
      {},
      { weights: integers(next, 'i8', [10, 64], -127, 127), scales: reals(next, [1], 0.01, 0.02), bias: reals(next, [10], -1, 1) },
    ),
  ],
  ['fc'],
);

test('every quantised value is within half a step of the real number that the network defines, given the same inputs', () => {
  const program = lower(everything, { style: dyadic, fuse: false });
  const samples = Array.from({ length: 4 }, () => reals(next, [1, 2, 8, 8], -1.5, 1.5));
  for (const sample of samples) {
    const inputs = new Map([...program.inputs].map(([name, input]) => [name, quantiseInput(input, sample.data)]));
    const values = runReference(program, inputs);
    const quantisers = everything.layers.filter(({ kind }) => kind === 'quantiser');
    const given = (name: string): Real | undefined => {
      const quantiser = quantisers.find((candidate) => candidate.name === name);
      const value: Tensor | undefined = values.get(name);
      if (!quantiser || !value) return undefined;
      const scaled = Float64Array.from(value.data, (entry) => entry * (quantiser.attributes['scale'] as number));
      return { shape: value.type.shape, values: scaled, bracket: scaled.map(Math.abs) };
    };
    for (const { name, inputs: edges, attributes } of quantisers.slice(1)) {
      const real = realValue(everything, edges[0]!, given, new Map());
      const { scale, lo, hi } = attributes as { scale: number; lo: number; hi: number };
      const value = values.get(name)!;
      expect(value.type.shape).toEqual(real.shape);
      let inside = 0;
      real.values.forEach((exact, position) => {
        const target = Math.min(Math.max(exact / scale, lo), hi);
        expect(Math.abs(value.data[position]! - target), `${name}[${position}]`).toBeLessThanOrEqual(0.5 + 1e-4);
        if (exact / scale > lo && exact / scale < hi) inside += 1;
      });
      expect(inside / real.values.length, `${name} is not saturated`).toBeGreaterThan(0.3);
    }
  }
});

test('pipes change no value', () => {
  const apart = lower(everything, { style: dyadic, fuse: false });
  const joined = lower(everything, { style: dyadic });
  expect(joined.steps.length).toBeLessThan(apart.steps.length);
  const sample = reals(next, [1, 2, 8, 8], -1.5, 1.5);
  const inputs = new Map([...joined.inputs].map(([name, input]) => [name, quantiseInput(input, sample.data)]));
  const all = runReference(apart, inputs);
  for (const [name, value] of runReference(joined, inputs)) expect(value, name).toEqual(all.get(name));
});

test('a program prints as text', () => {
  const text = printProgram(lower(everything, { style: dyadic }), { put: () => 'sha256:0', get: () => undefined });
  expect(text).toMatch(
    /relu1: u8\[1,6,4,4\] = convolution\(q_in, conv1.weights\).*\n {4}\| dyadic\(relu1~1.M, relu1~1.B, relu1~1.E\).*\n {4}\| max-pool\(\)/,
  );
});
