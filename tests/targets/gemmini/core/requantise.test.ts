import { expect, test } from 'vitest';
import { dyadicMultiplier } from '../../../../src/operators/ivit/dyadic.ts';
import { differsExactly, endsInHalf, exactUpTo } from '../../../../src/targets/gemmini/core/doubles.ts';
import { constant, type Operand, proveSteps, type Trial } from './steps.ts';

const bytes = { lo: -128, hi: 127 };
const halfWords = { lo: -32768, hi: 32767 };
const sums = (shape: readonly number[], limit: number, values?: readonly number[]): Operand => ({
  dtype: 'i32',
  shape,
  limit,
  ...(values && { values }),
});
const multipliers = (count: number, scale: number): Operand =>
  constant('f64', ...Array.from({ length: count }, (_, c) => dyadicMultiplier(scale * (1 + c / 97), c % 5 === 4 ? -1 : 1)));
const scales = (count: number): Operand => constant('f32', ...Array.from({ length: count }, (_, c) => 1e-5 * (1 + c / 31)));
const pair = (own: number, other: number): Operand => ({ constant: 'f64', shape: [1, 2], values: [own, other] });

/** Sums whose products with powers of two, and with three of them, end in halves. */
const ties = Array.from({ length: 97 }, (_, index) => (index - 48) * 2 ** (index % 5) * (index % 3 === 0 ? 3 : 1));

const requantised = (name: string, x: Operand, m: Operand, attributes: { lo: number; hi: number; axis: number }): Trial => ({
  name,
  stages: [{ operator: 'ivit-requantise', operands: [x, m], attributes }],
  sources: ['rocket/requantise.c'],
});

const requantisations: readonly Trial[] = [
  requantised('rows to bytes', sums([1, 3, 45], 2 ** 22), multipliers(45, 3e-5), { ...bytes, axis: 2 }),
  requantised('rows to half words', sums([1, 3, 45], 2 ** 31 - 1), multipliers(45, 0.01), { ...halfWords, axis: 2 }),
  requantised('images', sums([1, 5, 3, 9], 2 ** 20), multipliers(5, 1e-4), { ...bytes, axis: 1 }),
  requantised('one multiplier', sums([2, 50], 2 ** 20), constant('f64', dyadicMultiplier(1, 8001)), { ...bytes, axis: 0 }),
  requantised('ties', sums([1, 97], 300, ties), constant('f64', 0.5), { ...bytes, axis: 0 }),
  requantised('ties of thirds', sums([1, 97], 3000, ties), constant('f64', -1.5 / 16), { ...bytes, axis: 0 }),
  requantised('half words', { dtype: 'i16', shape: [4, 21], limit: 32768 }, multipliers(21, 0.003), { ...bytes, axis: 1 }),
  requantised('half words kept', { dtype: 'i16', shape: [4, 21], limit: 32768 }, multipliers(21, 0.9), { ...halfWords, axis: 1 }),
  requantised('narrow limits', { dtype: 'i8', shape: [4, 21], limit: 128 }, multipliers(21, 0.9), { lo: -7, hi: 7, axis: 1 }),
];

/** Large integers are rescaled by the same products where the rounding of floats cannot be seen, else by the operations themselves. */
const rescalings: readonly Trial[] = [
  {
    name: 'all are brought back',
    stages: [
      {
        operator: 'ivit-rescale',
        operands: [sums([1, 3, 45], 2 ** 22), scales(45), multipliers(45, 1e-6)],
        attributes: { ...bytes, axis: 2 },
      },
    ],
    sources: ['rocket/requantise.c'],
  },
  {
    name: 'those that are not are limited',
    stages: [
      {
        operator: 'ivit-rescale',
        operands: [sums([1, 3, 45], 2 ** 30), scales(45), multipliers(45, 0.01)],
        attributes: { ...halfWords, axis: 2 },
      },
    ],
    sources: ['rocket/requantise.c'],
  },
  {
    name: 'some could be seen',
    stages: [
      {
        operator: 'ivit-rescale',
        operands: [sums([1, 3, 45], 2 ** 23), scales(45), multipliers(45, 1e-6)],
        attributes: { ...halfWords, axis: 2 },
      },
    ],
    sources: ['ivit_rescale.c'],
  },
  {
    name: 'images behind a bias',
    stages: [
      { operator: 'bias', operands: [sums([1, 5, 27], 2 ** 21), constant('i32', 5000, -70000, 1, 0, 9)], attributes: { axis: 1 } },
      { operator: 'ivit-rescale', operands: [scales(5), multipliers(5, 0.01)], attributes: { ...halfWords, axis: 1 } },
    ],
    sources: ['rocket/requantise.c'],
  },
];

const added = (name: string, x: Operand, m: Operand, terms: Operand, identity: Operand, limits = halfWords): Trial => ({
  name,
  stages: [
    { operator: 'ivit-requantise', operands: [x, m], attributes: { ...limits, axis: 2 } },
    { operator: 'ivit-residual', operands: [terms, identity], attributes: { ...limits, axis: 0 } },
  ],
  sources: ['rocket/requantise_residual.c'],
});
const stream = (shape: readonly number[], values?: readonly number[]): Operand => ({
  dtype: 'i16',
  shape,
  limit: 32768,
  ...(values && { values }),
});

/** An identity is added in the same pass. */
const additions: readonly Trial[] = [
  added(
    'usual',
    sums([1, 4, 192], 3e6),
    multipliers(192, 0.3),
    pair(dyadicMultiplier(0.34, 1), dyadicMultiplier(0.87, 1)),
    stream([1, 4, 192]),
  ),
  added(
    'odd rows',
    sums([1, 4, 13], 3e6),
    multipliers(13, 0.01),
    pair(dyadicMultiplier(-0.34, 1), dyadicMultiplier(1.3, 1)),
    stream([1, 4, 13]),
  ),
  added('ties everywhere', sums([1, 2, 97], 3000, ties), constant('f64', 0.5), pair(0.5, 1.5), stream([1, 2, 97], ties.toReversed())),
  added(
    'ties of the first',
    sums([1, 2, 97], 3000, ties),
    constant('f64', 0.25),
    pair(0.75, dyadicMultiplier(0.9, 1)),
    stream([1, 2, 97], ties),
  ),
  added('whole multiples', sums([1, 2, 97], 30000, ties), constant('f64', 1), pair(1, 1), stream([1, 2, 97])),
  added(
    'one multiplier',
    sums([1, 2, 97], 2 ** 31 - 1),
    constant('f64', dyadicMultiplier(1, 77)),
    pair(dyadicMultiplier(0.1, 1), dyadicMultiplier(0.9, 1)),
    stream([1, 2, 97]),
    halfWords,
  ),
  added(
    'bytes',
    sums([1, 2, 97], 2 ** 20),
    multipliers(97, 0.0003),
    pair(dyadicMultiplier(1, 3), dyadicMultiplier(2, 3)),
    { dtype: 'i8', shape: [1, 2, 97], limit: 128 },
    bytes,
  ),
  {
    ...added('without steps', sums([1, 2, 97], 2 ** 30), multipliers(97, 1e-6), pair(0.3, 0.7), stream([1, 2, 97])),
    sources: ['rocket/requantise.c', 'ivit_residual.c'],
  },
];

/** Windows of tokens that go back to their places in an image of 6 x 10, rolled, before the identity is added. */
const windowed = (name: string, m: Operand, channels: number, sources: readonly string[]): Trial => ({
  name,
  stages: [
    { operator: 'bias', operands: [sums([10, 6, channels], 2e6), { constant: 'i32', shape: [1], values: [77] }], attributes: { axis: 0 } },
    { operator: 'ivit-requantise', operands: [m], attributes: { ...halfWords, axis: 2 } },
    { operator: 'reshape', operands: [], attributes: { shape: [2, 5, 3, 2, channels] } },
    { operator: 'permute', operands: [], attributes: { axes: [0, 2, 1, 3, 4] } },
    { operator: 'reshape', operands: [], attributes: { shape: [1, 6, 10, channels] } },
    { operator: 'roll', operands: [], attributes: { axes: [1, 2], shifts: [2, 3] } },
    { operator: 'reshape', operands: [], attributes: { shape: [1, 60, channels] } },
    {
      operator: 'ivit-residual',
      operands: [pair(dyadicMultiplier(0.4, 1), dyadicMultiplier(0.8, 1)), stream([1, 60, channels])],
      attributes: { ...halfWords, axis: 0 },
    },
  ],
  sources,
});

/** Rows are added where they are moved to. */
const placed: readonly Trial[] = [
  windowed('windows', multipliers(11, 0.1), 11, ['bias.c', 'rocket/requantise_residual.c']),
  windowed('one multiplier for windows', constant('f64', 0.25), 8, [
    'rocket/requantise.c',
    'rocket/move.c',
    'rocket/move.c',
    'rocket/move.c',
    'rocket/residual.c',
  ]),
];

const plain = (
  name: string,
  x: Operand,
  terms: Operand,
  identity: Operand,
  limits = halfWords,
  sources = ['rocket/residual.c'],
): Trial => ({
  name,
  stages: [{ operator: 'ivit-residual', operands: [x, terms, identity], attributes: { ...limits, axis: 0 } }],
  sources,
});
const few = (shape: readonly number[]): Operand => ({ dtype: 'i8', shape, limit: 128 });
const unusual = pair(dyadicMultiplier(1.02, 1), dyadicMultiplier(-0.3, 1));

/** Two tensors are added, and three of which two stand one behind the other. */
const tensors: readonly Trial[] = [
  plain('stream', stream([1, 3, 50]), unusual, stream([1, 3, 50])),
  plain('ties', stream([1, 1, 97], ties), pair(0.5, 1.5), stream([1, 1, 97], ties.toReversed())),
  plain('wholes', stream([1, 1, 97], ties), pair(1, 1), stream([1, 1, 97])),
  plain('bytes', few([1, 3, 50]), unusual, few([1, 3, 50]), bytes),
  plain('bytes and words', few([1, 3, 50]), unusual, stream([1, 3, 50])),
  plain('words and bytes', stream([1, 3, 50]), unusual, few([1, 3, 50])),
  plain('repeated in parts', stream([4, 3, 5]), unusual, stream([1, 3, 5]), halfWords, ['ivit_residual.c']),
  plain('factors of all bits', stream([1, 3, 5]), pair(0.1, 0.3), stream([1, 3, 5]), halfWords, ['ivit_residual.c']),
  {
    name: 'joined',
    stages: [
      {
        operator: 'concat',
        operands: [{ constant: 'i16', shape: [1, 1, 19], values: ties.slice(0, 19) }, stream([1, 6, 19])],
        attributes: { axis: 1 },
      },
      { operator: 'ivit-residual', operands: [unusual, stream([1, 7, 19])], attributes: { ...halfWords, axis: 0 } },
    ],
    sources: ['rocket/residual.c'],
  },
  {
    name: 'joined across',
    stages: [
      { operator: 'concat', operands: [stream([2, 1, 19]), stream([2, 6, 19])], attributes: { axis: 1 } },
      { operator: 'ivit-residual', operands: [unusual, stream([2, 7, 19])], attributes: { ...halfWords, axis: 0 } },
    ],
    sources: ['rocket/move.c', 'rocket/residual.c'],
  },
];

test('roundings of integers, and what is added to them, are what the operators say', { timeout: 120_000 }, () =>
  proveSteps(
    'requantise',
    Object.entries({ requantisations, rescalings, additions, placed, tensors }).flatMap(([group, trials]) =>
      trials.map((trial) => ({ ...trial, name: `${group}: ${trial.name}` })),
    ),
  ),
);

test('what a double holds', () => {
  expect(exactUpTo(1)).toBe(2 ** 52);
  expect(exactUpTo(0.3)).toBe(1);
  expect(exactUpTo(dyadicMultiplier(1, 3))).toBeGreaterThanOrEqual(2 ** 22);
  expect(endsInHalf(1, 0.5)).toBe(true);
  expect(endsInHalf(3, 0.125)).toBe(false);
  expect(endsInHalf(4, 0.125)).toBe(true);
  expect(endsInHalf(2 ** 31, 3)).toBe(false);
  expect(endsInHalf(32768, dyadicMultiplier(0.87, 1))).toBe(false);
  expect(differsExactly(2 ** 53, 1)).toBe(true);
  expect(differsExactly(2 ** 53, -1)).toBe(false);
});
