import { test } from 'vitest';
import type { Dtype } from '../../../../src/numeric/tensor.ts';
import { type Operand, proveSteps, type Trial } from './steps.ts';

const bytes = { lo: -128, hi: 127 };
const unsigned = { lo: 0, hi: 255 };
const of = (dtype: Dtype, shape: readonly number[], limit = 2 ** 31 - 1): Operand => ({ dtype, shape, limit });
const vary = (count: number, value: (c: number) => number): number[] => Array.from({ length: count }, (_, c) => value(c));

interface Channels {
  readonly m: (c: number) => number;
  readonly b: (c: number) => number;
  readonly e: (c: number) => number;
}
const usual: Channels = {
  m: (c) => (c % 7 === 3 ? -1 : 1) * (2 ** 30 + 12345679 * (c % 80)),
  b: (c) => (c - 20) * 2 ** 38 + 987654321 * c,
  e: (c) => 38 + (c % 3),
};
/** Multiples of a quarter, of which a half are ties. */
const ties: Channels = { m: (c) => 2 * (c % 3) - 1, b: (c) => c % 4, e: () => 2 };
const coarse: Channels = { m: () => 2 ** 31 - 1, b: () => 0, e: () => 60 };

const one = (name: string, x: Operand, channels: number, { m, b, e }: Channels, attributes: Trial['stages'][0]['attributes']): Trial => ({
  name,
  stages: [
    {
      operator: 'dyadic',
      operands: [
        x,
        { constant: 'i32', shape: [channels], values: vary(channels, m) },
        { constant: 'i64', shape: [channels], values: vary(channels, b) },
        { constant: 'u8', shape: [channels], values: vary(channels, e) },
      ],
      attributes,
    },
  ],
  sources: ['rocket/dyadic.c'],
});

const roundings: readonly Trial[] = [
  one('images', of('i32', [1, 9, 5, 7], 2 ** 20), 9, usual, { ...unsigned, axis: 1 }),
  one('images to signed bytes', of('i32', [2, 9, 5, 5], 2 ** 20), 9, usual, { ...bytes, axis: 1 }),
  one('rows', of('i32', [3, 45], 2 ** 20), 45, usual, { ...bytes, axis: 1 }),
  one('rows without a sign', of('i32', [3, 45]), 45, usual, { ...unsigned, axis: 1 }),
  one('one channel', of('i32', [3, 45], 2 ** 20), 1, usual, { ...bytes, axis: 0 }),
  one('bytes', of('u8', [1, 9, 5, 7]), 9, { ...usual, e: () => 34 }, { ...bytes, axis: 1 }),
  one('signed bytes', of('i8', [1, 9, 5, 7]), 9, { ...usual, e: () => 34 }, { ...unsigned, axis: 1 }),
  one('ties', of('i32', [4, 97], 600), 97, ties, { ...bytes, axis: 1 }),
  one('ties of images', of('i32', [1, 12, 97], 600), 12, ties, { ...unsigned, axis: 1 }),
  { ...one('too fine for doubles', of('i32', [3, 45]), 45, coarse, { ...bytes, axis: 1 }), sources: ['dyadic.c'] },
  { ...one('half words', of('i16', [3, 45]), 45, usual, { ...bytes, axis: 1 }), sources: ['dyadic.c'] },
];

const sum = (name: string, x: Operand, y: Operand, channels: number, { m, b, e }: Channels, limits: { lo: number; hi: number }): Trial => ({
  name,
  stages: [
    {
      operator: 'dyadic-sum',
      operands: [
        x,
        { constant: 'i64', shape: [channels, 2], values: vary(2 * channels, m) },
        { constant: 'i64', shape: [channels], values: vary(channels, b) },
        { constant: 'u8', shape: [channels], values: vary(channels, e) },
        y,
      ],
      attributes: { ...limits, axis: 1 },
    },
  ],
  sources: ['rocket/dyadic_sum.c'],
});
const small = { ...usual, b: (c: number) => c * 2 ** 30, e: () => 35 };

const sums: readonly Trial[] = [
  sum('sums and bytes', of('i32', [1, 6, 5, 5], 2 ** 20), of('i8', [1, 6, 5, 5]), 6, usual, bytes),
  ...(['i8', 'u8', 'i16', 'u16', 'i32'] as const).map((dtype) =>
    sum(`bytes and ${dtype}`, of('u8', [2, 6, 21]), of(dtype, [2, 6, 21], 2 ** 17), 6, small, dtype === 'u8' ? unsigned : bytes),
  ),
  sum('two of half words', of('i16', [2, 6, 21]), of('u16', [2, 6, 21]), 6, usual, unsigned),
  sum('pixels', of('u8', [2, 60]), of('i8', [2, 60]), 60, small, bytes),
  sum('ties of two', of('i8', [1, 4, 100]), of('i8', [1, 4, 100]), 4, ties, bytes),
  { ...sum('two too fine for doubles', of('i8', [1, 4, 9]), of('i32', [1, 4, 9]), 4, coarse, bytes), sources: ['dyadic_sum.c'] },
];

test('roundings of sums with their bias, and of two tensors together, are what the operators say', { timeout: 120_000 }, () =>
  proveSteps('dyadic', [...roundings, ...sums]),
);
