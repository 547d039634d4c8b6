import { exponentialTable } from '../../../src/numeric/exponential.ts';
import { dtypes } from '../../../src/numeric/tensor.ts';
import { activations, type Fill, integers, limits, next, type Operand, product, single } from './trial.ts';

/** Rows of one element, of an axis and of two; an epsilon of nothing, of little, and as large as 62 bits allow. */
export const norms = product(['layer-norm', 'rms-norm'], activations).flatMap(([operator, dtype]) =>
  [
    { length: 1, fraction: 28, epsilon: 3 },
    { length: 24, fraction: 20, epsilon: 0 },
    { length: 96, fraction: 14, epsilon: 2 ** 61 },
  ].map(({ length, fraction, epsilon }) =>
    single(operator, { length, fraction }, { dtype, shape: [2, 4, 24] }, { dtype: 'i64', shape: [1], fill: () => epsilon }),
  ),
);

/** Shares in 1/255, in whole steps and in 2^-23; sums of exponentials that are least and greatest. */
export const softmaxes = product(integers, integers).flatMap(([from, to]) => {
  const wide = dtypes[from].bytes > 1;
  const exponentials: Fill = wide
    ? (index) => exponentialTable.data[index]!
    : (index) => (index === 0 ? 2 ** 30 : next(0, 2 ** 30) >> (index % 31));
  const table: Operand = { dtype: 'i32', shape: [wide ? exponentialTable.data.length : 256], fill: exponentials };
  const { lo, hi } = limits[to]!;
  return [
    { M: 2139095040, K: 31, E: 22 },
    { M: 2 ** 30, K: 31, E: 29 },
    { M: 1, K: 0, E: 7 },
  ].map((form) => {
    const attributes = { ...form, lo, hi: to === 'i32' ? 2 ** 23 : hi, ...(wide && { S: 2 ** 30, F: from === 'i32' ? 37 : 20 }) };
    return single(wide ? 'wide-softmax' : 'softmax', attributes, { dtype: from, shape: [2, 3, 40] }, table);
  });
});
