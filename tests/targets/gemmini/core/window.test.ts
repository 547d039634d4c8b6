import { test } from 'vitest';
import type { Dtype } from '../../../../src/numeric/tensor.ts';
import { proveSteps, type Trial } from './steps.ts';

interface Pool {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceil?: boolean;
}

const pool = (
  operator: string,
  dtype: Dtype,
  shape: readonly number[],
  { ceil = false, ...sizes }: Pool,
  source = 'rocket/window.c',
): Trial => ({
  name: `${operator} of ${dtype}, ${sizes.kernel} by ${sizes.stride} and ${sizes.padding}`,
  stages: [{ operator, operands: [{ dtype, shape, limit: 2 ** 15 }], attributes: { ...sizes, ceil } }],
  sources: [source],
});

const pools: readonly Pool[] = [
  { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
  { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: true },
  { kernel: [2, 2], stride: [1, 3], padding: [1, 1, 1, 1] },
  { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  { kernel: [3, 3], stride: [1, 1], padding: [0, 1, 1, 0] },
  { kernel: [4, 5], stride: [3, 2], padding: [2, 2, 1, 0] },
  { kernel: [9, 11], stride: [1, 1], padding: [0, 0, 0, 0] },
];
const dtypes: readonly Dtype[] = ['i8', 'u8', 'i16', 'u16'];
const trials = pools.flatMap((each, index) =>
  ['max-pool', 'window-sum'].map((operator, other) => pool(operator, dtypes[(index + other) % dtypes.length]!, [1, 3, 9, 11], each)),
);
const rows = { kernel: [3], stride: [2], padding: [1, 0] };
/** The first windows have no position in the image. */
const outside = { kernel: [2, 2], stride: [1, 1], padding: [3, 0, 0, 0] };

test(
  'windows inside an image and at its border are joined, every result that of the operators',
  () =>
    proveSteps('window', [
      ...trials,
      pool('max-pool', 'i8', [1, 4, 30], rows),
      pool('window-sum', 'u8', [1, 4, 30], rows),
      pool('window-sum', 'u8', [1, 4, 5, 6], outside, 'window_sum.c'),
    ]),
  240_000,
);
