import { exponentialTable } from '../../../src/numeric/exponential.ts';
import { dtypes } from '../../../src/numeric/tensor.ts';
import { activations, limits, next, type Operand, product, single } from './trial.ts';

export const ropes = product(activations, [true, false]).map(([dtype, interleaved]) => {
  const table: Operand = { dtype: 'i32', shape: [5, 3], range: { low: -(2 ** 22), high: 2 ** 22 } };
  const few = { low: Math.max(dtypes[dtype].low, -255), high: Math.min(dtypes[dtype].high, 255) };
  return single('rope', { interleaved }, { dtype, shape: [2, 2, 5, 6], range: few }, table, table);
});

export const signals = product(activations, [40, 7, 1]).map(([dtype, length]) => {
  const table: Operand = { dtype: 'i32', shape: [length], range: { low: -(2 ** 18), high: 2 ** 18 } };
  const few = { low: Math.max(dtypes[dtype].low, -200), high: Math.min(dtypes[dtype].high, 200) };
  return single('rfft', {}, { dtype, shape: [3, 2, length], range: few }, table, table);
});

export const spectra = activations.flatMap((dtype) => {
  const { lo, hi } = limits[dtype]!;
  const spectrum: Operand = { dtype: 'i32', shape: [2, 3, 2, 9], range: { low: -(2 ** 31) + 1, high: 2 ** 31 - 1 } };
  const thresholds: Operand = {
    dtype: 'u32',
    shape: [hi, 2],
    fill: (index) => (index % 2 ? next(0, 2 ** 32 - 1) : Math.floor((2 ** 30 * index) / hi)),
  };
  const turns: Operand = {
    dtype: 'i32',
    shape: [200, 2],
    fill: (index) => Math.round(2 ** 30 * (index % 2 ? Math.sin : Math.cos)((((index >> 1) + 0.5) * Math.PI) / 200)),
  };
  const axes: Operand = { ...spectrum, fill: (index) => [0, 0, 2 ** 31 - 1, -(2 ** 31) + 1, 5][(index * 7) % 5]! };
  return [spectrum, axes].flatMap((x) => [single('magnitude', { hi }, x, thresholds), single('phase', { lo, hi }, x, turns)]);
});

const falling: Operand = { dtype: 'i32', shape: [1025], fill: (index) => Math.floor(11629080 * 0.985 ** index) };

export const softened = single(
  'softplus',
  {},
  { dtype: 'i32', shape: [3, 50], range: { low: -127 * 2 ** 16, high: 127 * 2 ** 16 } },
  falling,
);

const exponentials: Operand = { dtype: 'i32', shape: [624], fill: (index) => exponentialTable.data[index]! };

export const scans = activations.flatMap((dtype) =>
  [1, 3, 256].map((states) => {
    const few: Operand = {
      dtype,
      shape: [2, 4, states],
      range: { low: Math.max(dtypes[dtype].low, -128), high: Math.min(dtypes[dtype].high, 127) },
    };
    return single(
      'selective-scan',
      { decay: 31, M: 2 ** 23 + 1, E: 29, fraction: 6 },
      { dtype: 'i32', shape: [2, 4, 3], fill: (index) => next(0, 2 ** 31 - 1) >> (index % 24) },
      { ...few, shape: [2, 4, 3] },
      few,
      { ...few, dtype: 'i8' },
      { dtype: 'i32', shape: [3, states], range: { low: 0, high: 2 ** 31 - 1 } },
      exponentials,
    );
  }),
);
