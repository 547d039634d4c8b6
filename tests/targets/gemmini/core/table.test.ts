import { test } from 'vitest';
import type { Dtype } from '../../../../src/numeric/tensor.ts';
import { type Operand, proveSteps, type Trial } from './steps.ts';

const of = (dtype: Dtype, shape: readonly number[], limit = 2 ** 31 - 1): Operand => ({ dtype, shape, limit });
const vary = (count: number, value: (c: number) => number): number[] => Array.from({ length: count }, (_, c) => value(c));

const rounding = (name: string, x: Operand, channels: number, limits: { lo: number; hi: number }, source: string): Trial => ({
  name,
  stages: [
    {
      operator: 'dyadic',
      operands: [
        x,
        { constant: 'i32', shape: [channels], values: vary(channels, (c) => (c % 3 === 1 ? -1 : 1) * (2 ** 29 + 12345679 * c)) },
        { constant: 'i64', shape: [channels], values: vary(channels, (c) => (c - 2) * 2 ** 31 + c) },
        { constant: 'u8', shape: [channels], values: vary(channels, (c) => 30 + (c % 2)) },
      ],
      attributes: { ...limits, axis: 1 },
    },
  ],
  sources: [source],
});

const mean = (name: string, x: Operand, counts: readonly number[], source: string): Trial => ({
  name,
  stages: [
    {
      operator: 'dyadic-mean',
      operands: [x, { constant: 'i32', shape: [counts.length], values: counts }],
      attributes: { M: 1_234_567_891, E: 30, lo: -128, hi: 127 },
    },
  ],
  sources: [source],
});

const bytes = { lo: -128, hi: 127 };
const unsigned = { lo: 0, hi: 255 };
const trials: readonly Trial[] = [
  rounding('bytes that share a rounding', of('u8', [1, 5, 9, 7]), 1, bytes, 'rocket/table.c'),
  rounding('signed bytes that share one', of('i8', [3, 70]), 1, unsigned, 'rocket/table.c'),
  rounding('images, each channel with its own', of('i8', [2, 5, 9, 11]), 5, bytes, 'rocket/table.c'),
  rounding('small integers', of('i32', [1, 2, 9, 7], 100), 2, unsigned, 'rocket/table.c'),
  rounding('half words of few values', of('i16', [1, 2, 9, 7], 200), 2, unsigned, 'rocket/table.c'),
  rounding('few elements of many channels', of('u8', [1, 40, 3]), 40, bytes, 'rocket/dyadic.c'),
  mean('means of four', of('i32', [1, 7, 3, 5], 4 * 127), [4], 'rocket/table.c'),
  mean('means whose counts are all the same', of('i32', [1, 7, 5], 500), [4, 4, 4, 4, 4], 'rocket/table.c'),
  mean('means at a border', of('i32', [1, 7, 5], 500), [2, 4, 4, 4, 2], 'dyadic_mean.c'),
  mean('means of many', of('i32', [1, 7, 5], 100_000), [784], 'dyadic_mean.c'),
];

test('roundings of few values are looked up, every result that of the operators', () => proveSteps('table', trials), 240_000);
