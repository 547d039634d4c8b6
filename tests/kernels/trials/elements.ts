import { dtypes } from '../../../src/numeric/tensor.ts';
import { activations, integers, next, type Operand, product, single } from './trial.ts';

export const elementwise = integers.flatMap((dtype) => {
  const x: Operand = { dtype, shape: [3, 50] };
  const small = { low: Math.max(dtypes[dtype].low, -(2 ** 30)), high: Math.min(dtypes[dtype].high, 2 ** 30) };
  const reals: Operand[] = [
    { dtype: 'f32', shape: [3], fill: (index) => [0.1, -1e-7, 3][index]! },
    { dtype: 'f32', shape: [3], fill: (index) => [-1 / 3, 1e-3, 0][index]! },
  ];
  return [
    single('bias', { axis: 0 }, { ...x, range: small }, { dtype: 'i32', shape: [3], range: { low: -(2 ** 30), high: 2 ** 30 - 1 } }),
    single('dequantise', { axis: 0, relu: false }, x, ...reals),
    single('dequantise', { axis: 0, relu: true }, x, ...reals),
    single('clamp', { lo: 3, hi: 90 }, x),
    single(
      'axis-sum',
      { axes: [1], keep: false },
      { dtype, shape: [3, 7, 4], range: { low: Math.max(small.low, -(2 ** 27)), high: Math.min(small.high, 2 ** 27) } },
    ),
    single('pad', { before: [0, 1, 2], after: [1, 0, 2] }, { dtype, shape: [2, 3, 4] }),
  ];
});

export const exactSums = (['i16', 'i32'] as const).map((dtype) =>
  single(
    'sum',
    { dtype },
    { dtype: 'i8', shape: [2, 100] },
    { dtype: 'u8', shape: [2, 100] },
    { dtype: 'i16', shape: [2, 100], range: { low: -30000, high: 30000 } },
  ),
);

export const tables = product(activations, integers).map(([from, to]) =>
  single('lookup', {}, { dtype: from, shape: [2, 40] }, { dtype: to, shape: [dtypes[from].high - dtypes[from].low + 1] }),
);

export const rowTables = product(['i8', 'u8'] as const, integers).map(([from, to]) =>
  single('row-lookup', {}, { dtype: from, shape: [3, 2, 40] }, { dtype: to, shape: [256, 256] }),
);

export const staircases = product(integers, integers).map(([from, to]) => {
  const span = dtypes[from].high - dtypes[from].low;
  const thresholds: Operand = { dtype: 'i32', shape: [9], fill: (index) => dtypes[from].low + Math.floor((span * index) / 8) };
  return single('staircase', {}, { dtype: from, shape: [2, 40] }, thresholds, { dtype: to, shape: [10] });
});

export const conversions = product(integers, integers).map(([from, to]) => {
  const range = { low: Math.max(dtypes[from].low, dtypes[to].low), high: Math.min(dtypes[from].high, dtypes[to].high) };
  return single('convert', { dtype: to }, { dtype: from, shape: [3, 21], range });
});

export const reals: Operand = { dtype: 'f32', shape: [2, 3, 4, 5], fill: () => Math.fround(next(-1000, 1000) / 7) };

export const moves = [
  ...(['i8', 'u16', 'i32'] as const).flatMap((dtype) => {
    const x: Operand = { dtype, shape: [2, 3, 4, 5] };
    return [
      single('permute', { axes: [0, 2, 3, 1] }, x),
      single('permute', { axes: [3, 2, 1, 0] }, x),
      single('slice', { axis: 2, start: 1, size: 2, step: 2 }, x),
      single('upsample', { factors: [2, 3] }, x),
      single('reshape', { shape: [6, 20] }, x),
      single('roll', { axes: [1, 3], shifts: [-1, 2] }, x),
      single('roll', { axes: [2], shifts: [4] }, x),
      single('flip', { axes: [3] }, x),
      single('flip', { axes: [0, 2] }, x),
      ...product(['repeat', 'tile'], [0, 2, 3]).map(([operator, axis]) => single(operator, { axis, count: 3 }, x)),
    ];
  }),
  single('permute', { axes: [1, 0, 3, 2] }, reals),
  single('pad', { before: [0, 0, 0, 1], after: [0, 0, 1, 0] }, reals),
  single('concat', { axis: 1 }, { dtype: 'i8', shape: [2, 1, 3] }, { dtype: 'u8', shape: [2, 4, 3] }, { dtype: 'i16', shape: [2, 2, 3] }),
];
