import { type Dtype, dtypes } from '../../../src/numeric/tensor.ts';
import { activations, integers, type Operand, product, single, weights } from './trial.ts';

export const gathers = integers.map((dtype) =>
  single('gather', {}, { dtype, shape: [2, 30], range: { low: 0, high: 99 } }, weights([100, 7])),
);

export const digits = (
  [
    ['i16', 128],
    ['u16', 128],
    ['u16', 32896],
  ] as const
).flatMap(([dtype, mask]) => [
  single('digits', { mask }, { dtype, shape: [3, 41] }),
  single('digit-matmul', { mask }, { dtype, shape: [2, 3, 5, 7] }, { dtype: 'i8', shape: [2, 3, 7, 4] }),
]);

export const linears = activations.flatMap((dtype) => [
  single('linear', {}, { dtype, shape: [3, 17] }, weights([5, 17])),
  single('linear', {}, { dtype, shape: [1, 2, 64] }, weights([1, 64])),
]);

export const products = product(activations, activations).flatMap(([left, right]) => {
  const few = (dtype: Dtype) => ({ low: Math.max(dtypes[dtype].low, -9000), high: Math.min(dtypes[dtype].high, 9000) });
  const a: Operand = { dtype: left, shape: [2, 3, 5, 7], range: few(left) };
  return [
    single('matmul', { transpose: false }, a, { dtype: right, shape: [2, 3, 7, 4], range: few(right) }),
    single('matmul', { transpose: true }, a, { dtype: right, shape: [2, 3, 4, 7], range: few(right) }),
  ];
});

export const wideProducts = (['i8', 'u8'] as const).map((right) => {
  const a: Operand = { dtype: 'i32', shape: [2, 3, 5, 7], range: { low: -(2 ** 20), high: 2 ** 20 } };
  return single('matmul', { transpose: false }, a, { dtype: right, shape: [2, 3, 7, 4] });
});

/** One tensor in the other: whole, and repeated in front, in the middle and behind. */
export const repeated = product(activations, activations).flatMap(([left, right]) =>
  [[2, 3, 9], [2, 3, 1], [2, 1, 9], [9]].map((shape) => {
    const few = (dtype: Dtype) => ({ low: dtypes[dtype].low, high: Math.min(dtypes[dtype].high, 2 ** 15) });
    return single('multiply', {}, { dtype: left, shape: [2, 3, 9], range: few(left) }, { dtype: right, shape, range: few(right) });
  }),
);
