import { describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import { elements, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { agree } from '../../src/verify/agree/agree.ts';
import type { Framework } from '../../src/verify/agree/framework.ts';
import { judge } from '../../src/verify/agree/tie.ts';
import type { Engine } from '../../src/verify/engines.ts';
import { quantiseSample } from '../../src/verify/samples.ts';
import { integers, layer, network, random, reals } from '../networks.ts';

const next = random(7);
const quantiser = (name: string, input: string, scale: number, lo = -128, hi = 127) => layer(name, 'quantiser', [input], { scale, lo, hi });

const small = network(
  { x: [1, 2, 4, 4] },
  [
    quantiser('q_in', 'x', 0.01),
    layer(
      'conv',
      'convolution',
      ['q_in'],
      { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 },
      {
        weights: integers(next, 'i8', [4, 2, 3, 3], -127, 127),
        scales: reals(next, [4], 0.001, 0.002),
        bias: reals(next, [4], -0.5, 0.5),
      },
    ),
    layer('relu.relu', 'relu', ['conv']),
    quantiser('relu', 'relu.relu', 0.004, 0, 255),
    layer('pool', 'average-pool', ['relu'], { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false, countPadding: true }),
    quantiser('q_pool', 'pool', 0.004, 0, 255),
    layer('flat', 'reshape', ['q_pool'], { shape: [1, 16] }),
    layer(
      'fc',
      'linear',
      ['flat'],
      {},
      { weights: integers(next, 'i8', [6, 16], -127, 127), scales: reals(next, [1], 0.01, 0.02), bias: reals(next, [6], -1, 1) },
    ),
  ],
  ['fc'],
);
const program = lower(small, { style: dyadic, fuse: false });
const engine: Engine = (wanted) => (inputs) => runReference(wanted, inputs);
const samples = 3;

/** A framework that computes what the Program computes; `change` may change the integers of one quantiser. */
function framework(name = '', change: (data: Tensor['data']) => void = () => undefined): Framework {
  const x = reals(random(3), [samples, 2, 4, 4], -1.5, 1.5);
  const inputs = new Map([['x', tensor({ dtype: 'f32', shape: x.type.shape }, Float32Array.from(x.data))]]);
  const kept = new Map<string, Tensor>();
  for (let sample = 0; sample < samples; sample++) {
    const data = inputs.get('x')!.data.subarray(sample * 32, (sample + 1) * 32);
    const quantised = quantiseSample(program, new Map([['x', { type: { dtype: 'f32', shape: [1, 2, 4, 4] }, data }]]));
    const values = runReference(program, quantised);
    for (const value of ['q_in', 'relu', 'q_pool', 'fc']) {
      const { type, data: one } = values.get(value)!;
      const all = kept.get(value) ?? tensor({ dtype: type.dtype, shape: [samples, ...type.shape.slice(1)] });
      if (value === name && sample === 1) change(one);
      all.data.set(one, sample * elements(type.shape));
      kept.set(value, all);
    }
  }
  const outputs = new Map([['fc', kept.get('fc')!]]);
  kept.delete('fc');
  return { count: samples, inputs, integers: kept, outputs };
}

describe('agree', () => {
  test('finds nothing where the framework computes the same integers', async () => {
    const found = await agree(small, program, framework(), engine);
    expect(found.agrees).toBe(true);
    expect(found.quantisers.map(({ name, differ, values }) => [name, differ, values])).toEqual([
      ['q_in', 0, 96],
      ['relu', 0, 192],
      ['q_pool', 0, 48],
    ]);
    expect(found.outputs[0]).toMatchObject({ name: 'fc', failures: 0, endToEnd: { maxDifference: 0, top1: 3, top5: 3 } });
    expect(found.budget).toBeGreaterThan(3);
  });

  test('fails on an integer that is one off and not at a tie, and names it with its exact value', async () => {
    const found = await agree(
      small,
      program,
      framework('relu', (data) => {
        data[5] = data[5]! + 1;
      }),
      engine,
    );
    expect(found.agrees).toBe(false);
    const relu = found.quantisers.find(({ name }) => name === 'relu')!;
    expect(relu).toMatchObject({ differ: 1, failures: 1, exceptions: 0 });
    expect(relu.shown[0]).toMatchObject({ sample: 1, index: [0, 0, 1, 1], verdict: 'failure' });
    expect(relu.shown[0]!.exact - relu.shown[0]!.program).toBeLessThan(0.5);
    expect(relu.endToEnd).toEqual({ differ: 1, maxDifference: 1 });
  });

  test('given the integers of the framework, an error does not reach the next quantiser', async () => {
    const found = await agree(
      small,
      program,
      framework('q_in', (data) => {
        data[0] = data[0]! > 0 ? data[0]! - 100 : data[0]! + 100;
      }),
      engine,
    );
    expect(found.quantisers.map(({ name, failures }) => [name, failures > 0])).toEqual([
      ['q_in', true],
      ['relu', true],
      ['q_pool', false],
    ]);
  });

  test('counts an exact tie apart', async () => {
    const tied = framework();
    const { data } = tied.integers.get('relu')!;
    for (const [offset, value] of [3, 3, 3, 1].entries()) data[[0, 1, 4, 5][offset]!] = value; // a mean of 2.5: either way
    tied.integers.get('q_pool')!.data[0] = 3;
    const found = await agree(small, program, tied, engine);
    expect(found.quantisers.find(({ name }) => name === 'q_pool')).toMatchObject({ differ: 1, ties: 1, exceptions: 0, failures: 0 });
  });

  test('fails on a logit that is off by more than float32 sums explain', async () => {
    const changed = framework('fc', (data) => {
      data[2] = data[2]! + 1e-3;
    });
    const found = await agree(small, program, changed, engine);
    expect(found.outputs[0]).toMatchObject({ failures: 1 });
    expect(found.agrees).toBe(false);
  });

  test('names a quantiser that the network has not', async () => {
    const { integers: known, ...rest } = framework();
    const stranger = { ...rest, integers: new Map([...known, ['q_other', known.get('q_in')!]]) };
    await expect(agree(small, program, stranger, engine)).rejects.toThrow(/q_other/);
  });
});

describe('judge', () => {
  test('a difference of one at a tie is a tie, near it an exception, elsewhere a failure', () => {
    expect(judge(1, 2.5, 100)).toBe('tie');
    expect(judge(-1, 2.5 + 1e-6, 100)).toBe('exception');
    expect(judge(1, 2.6, 100)).toBe('failure');
    expect(judge(2, 2.5, 100)).toBe('failure');
    expect(judge(1, Number.NaN, 100)).toBe('failure');
  });

  test('one product of an integer and a ratio is at a tie as far as float32 can tell', () => {
    const steps = -7.5 * (1 + 2 ** -25); // -1 times scales in the ratio 15/2, each rounded to float32
    expect(judge(1, steps, Math.abs(steps))).toBe('tie');
    expect(judge(1, steps, 8)).toBe('exception');
    expect(judge(1, -7.5 * (1 + 2 ** -21), 7.5 * (1 + 2 ** -21))).toBe('exception');
  });
});

test.each([
  ['with room', 2 ** -8, 0],
  ['with none', 2 ** -30, 1],
])('a scan whose states are calibrated %s', async (_, stateScale, least) => {
  const x = tensor({ dtype: 'f32', shape: [1, 5, 3] }, new Float32Array(15).fill(1));
  const weights = integers(random(1), 'i8', [3, 3], 1, 127);
  const scales = reals(random(1), [1], 0.01, 0.01);
  const scanned = network(
    { x: [1, 5, 3] },
    [
      quantiser('q', 'x', 0.01),
      layer('dt', 'linear', ['q'], {}, { weights, scales }),
      layer(
        'scan',
        'selective-scan',
        ['q', 'dt', 'q', 'q'],
        { stateScale, inputBits: 6 },
        { A: reals(random(2), [3, 3], 0.1, 0.2), D: reals(random(2), [3], 1, 1) },
      ),
      quantiser('y', 'scan', 0.05),
    ],
    ['y'],
  );
  const apart = lower(scanned, { style: dyadic, fuse: false });
  const values = runReference(apart, quantiseSample(apart, new Map([['x', x]])));
  const integersOf = new Map(['q', 'y'].map((name) => [name, values.get(name)!]));
  const found = await agree(scanned, apart, { count: 1, inputs: new Map([['x', x]]), integers: integersOf, outputs: new Map() }, engine);
  expect(found.saturations).toBeGreaterThanOrEqual(least);
  expect(found.agrees).toBe(found.saturations === 0);
  expect(found.saturations > 0).toBe(least > 0);
});
