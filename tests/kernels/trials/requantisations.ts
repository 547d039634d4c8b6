import { type Dtype, dtypes } from '../../../src/numeric/tensor.ts';
import { type Fill, integers, limits, next, type Operand, product, single } from './trial.ts';

/** M, B, E of `channels` channels, such that no sum of `terms` values of `dtype` overflows: each from tiny to as large as it may be. */
export function dyadicConstants(dtype: Dtype, channels: number, terms = 0): Operand[] {
  const largest = Math.max(-dtypes[dtype].low, dtypes[dtype].high) * Math.max(terms, 1);
  const multiplier = Math.min(2 ** 31 - 1, Math.floor(2 ** 61 / largest));
  const choose =
    (limit: number): Fill =>
    (index) =>
      [next(-limit, limit), limit, -limit, 1, -1, 0][index % 6]!;
  const M: Operand = terms === 0 ? { dtype: 'i32', shape: [channels] } : { dtype: 'i64', shape: [channels, terms] };
  return [
    { ...M, fill: choose(multiplier) },
    { dtype: 'i64', shape: [channels], fill: (index) => [next(-(2 ** 40), 2 ** 40), 2 ** 60, -(2 ** 60), 0, 1][index % 5]! },
    { dtype: 'u8', shape: [channels], fill: (index) => [next(1, 62), 1, 62, 31, 30][index % 5]! },
  ];
}

/** Ties on both sides, next to each other: multiples of a half. */
const tieConstants = (channels: number): Operand[] => [
  { dtype: 'i32', shape: [channels], fill: (index) => [1, -1, 3][index % 3]! },
  { dtype: 'i64', shape: [channels], fill: (index) => [0, 1, -1][index % 3]! },
  { dtype: 'u8', shape: [channels], fill: () => 1 },
];

export const requantisations = product(integers, integers).flatMap(([from, to]) => {
  const clamp = { ...limits[to]!, axis: 1 };
  const x: Operand = { dtype: from, shape: [2, 6, 5] };
  const sums = { low: Math.max(dtypes[from].low, -(2 ** 24)), high: Math.min(dtypes[from].high, 2 ** 24) };
  return [
    single('dyadic', clamp, x, ...dyadicConstants(from, 6)),
    single(
      'dyadic',
      { ...clamp, lo: clamp.lo === 0 ? 0 : -3 },
      { ...x, range: { low: Math.max(-8, sums.low), high: 8 } },
      ...tieConstants(6),
    ),
    single('dyadic', { ...clamp, axis: 0 }, { dtype: from, shape: [300] }, ...dyadicConstants(from, 1)),
    single('dyadic-mean', { M: 2 ** 30, E: 29, ...limits[to]! }, x, {
      dtype: 'i32',
      shape: [5],
      fill: (index) => [1, 2, 3, 6, 64][index]!,
    }),
    single('dyadic-mean', { M: -12345, E: 0, ...limits[to]! }, x, { dtype: 'i32', shape: [1], fill: () => 49 }),
    single('float32', clamp, x, { dtype: 'f32', shape: [6], fill: (index) => [1e-9, -0.5, 1.5, 3e38, 2 ** -149, 0.1][index]! }),
    single(
      'float32',
      { ...clamp, axis: 0 },
      { ...x, range: { low: Math.max(-9, sums.low), high: 9 } },
      { dtype: 'f32', shape: [1], fill: () => 0.5 },
    ),
  ];
});

export const sums = integers.flatMap((to) =>
  [1, 4].map((channels) => {
    const [M, B, E] = dyadicConstants('i32', channels, 3) as [Operand, Operand, Operand];
    const x = (dtype: Dtype): Operand => ({ dtype, shape: [2, 4, 150] });
    return single('dyadic-sum', { ...limits[to]!, axis: 1 }, x('i8'), M, B, E, x('u16'), x('i32'));
  }),
);
