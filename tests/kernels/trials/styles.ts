import { reals } from './elements.ts';
import { type Fill, integers, limits, next, type Operand, product, single } from './trial.ts';

const bytes: Operand = { dtype: 'i8', shape: [2, 60] };

export const ares = [
  single('ares-quantise', { step: 0.037, lo: -128, hi: 127 }, { ...reals, fill: () => Math.fround(next(-400, 400) * 0.0185) }),
  single('ares-requantise', { factor: 0.75, lo: 0, hi: 127 }, bytes),
  single('ares-requantise', { factor: 1.0131, lo: -128, hi: 127 }, bytes),
  single('ares-add', {}, bytes, { dtype: 'f32', shape: [3], fill: (index) => Math.fround([0.1, 0.013, 1.7][index]!) }, bytes, bytes),
  single('ares-mean', { axes: [1], keep: true, scale: 0.0123 }, { dtype: 'i8', shape: [3, 11, 5] }),
  ...[true, false].flatMap((centred) =>
    [1, 0.0123, 0.0004].map((scale) => {
      const gains: Operand = { dtype: 'f32', shape: [25], fill: (index) => Math.fround((index - 12) * 0.17) };
      const scales: Operand = { dtype: 'f32', shape: [2], fill: (index) => Math.fround([scale, 1e-5][index]!) };
      return single('ares-norm', { length: 25, centred }, { dtype: 'i8', shape: [7, 25] }, gains, gains, scales);
    }),
  ),
  ...['even', 'up'].flatMap((ties) =>
    [1, 3].map((step) =>
      single(
        'ares-average',
        { count: 6, ties, lo: -128, hi: 127 },
        { dtype: 'i32', shape: [100], range: { low: -900, high: 900 } },
        { dtype: 'f64', shape: [2], fill: (index) => [0.1, 0.1 * step][index]! },
      ),
    ),
  ),
  single('ares-biased-mean', { count: 7 }, { dtype: 'i32', shape: [100], range: { low: -128 * 7, high: 127 * 7 } }),
];

/** A real number in each channel: usual ones, negative, tiny, 0, and one that saturates everything. */
const factors: Fill = (index) => [0.0371, -1.5, 2 ** -40, 0.5, 3e6, 0][index % 6]!;

const ivitBytes: Operand = { dtype: 'i8', shape: [2, 3, 4, 24] };

export const ivit = [
  ...product([...integers, 'f32' as const], ['i8', 'i16'] as const).flatMap(([from, to]) => {
    const fill = from === 'f32' ? { fill: (index: number) => Math.fround(next(-9, 9) * 7 ** (index % 30)) } : {};
    const m: Operand = { dtype: 'f64', shape: [6], fill: factors };
    return [single('ivit-requantise', { ...limits[to]!, axis: 1 }, { dtype: from, shape: [2, 6, 5], ...fill }, m)];
  }),
  ...(['i8', 'i16'] as const).flatMap((to) => {
    const halves: Operand = { dtype: 'f64', shape: [6, 2], fill: (index) => [0.5, -0.5, 0.25, 1.0001, 2 ** 20, 0.03][index % 6]! };
    const one: Operand = { ...halves, shape: [1, 2] };
    return [
      ...integers.map((dtype) =>
        single('ivit-residual', { ...limits[to]!, axis: 1 }, { dtype, shape: [2, 6, 5] }, halves, { dtype: 'i16', shape: [2, 6, 5] }),
      ),
      single('ivit-residual', { ...limits[to]!, axis: 0 }, { dtype: 'i8', shape: [3, 2, 4, 4] }, one, { dtype: 'i8', shape: [1, 2, 4, 4] }),
    ];
  }),
  ...product(['i32', 'f32'] as const, ['i8', 'i16'] as const).map(([from, to]) => {
    const fill: Fill = (index) => next(-(2 ** 31), 2 ** 31 - 1) >> (index % 12);
    const s: Operand = { dtype: 'f32', shape: [5], fill: (index) => Math.fround([0.1, -0.0317, 1e-9, 7e-21, 0.5][index]!) };
    const m: Operand = { dtype: 'f64', shape: [5], fill: (index) => [2 ** -16, -(2 ** -14), 3.1e-5, 2 ** -24, 1e-4][index]! };
    return single('ivit-rescale', { ...limits[to]!, axis: 1 }, { dtype: from, shape: [4, 5, 60], fill }, s, m);
  }),
  ...product([8, 16], [0.05, 0.0317, 0.0078125, 0.9, 3]).flatMap(([bits, scale]) => {
    const mask: Operand = { dtype: 'f32', shape: [2, 4, 24], fill: () => (next(0, 2) === 0 ? -100 : 0) };
    return [single('ivit-softmax', { scale, bits }, ivitBytes), single('ivit-softmax', { scale, bits }, ivitBytes, mask)];
  }),
  ...[8, 16].flatMap((bits) => {
    const table: Operand = { dtype: 'i32', shape: [256, 256], fill: (index) => next(0, 2 ** 31 - 1) >> (index % 31) };
    const mask: Operand = { dtype: 'u8', shape: [2, 4, 24], fill: (index) => (index % 24 === 7 ? 0 : next(0, 1)) };
    return [
      single('ivit-table-softmax', { bits, hidden: 0 }, ivitBytes, table),
      single('ivit-table-softmax', { bits, hidden: 20 }, ivitBytes, table, mask),
    ];
  }),
  ...[0.05, 0.0317, 0.003, 0.9, 3].map((scale) => single('ivit-gelu', { scale }, ivitBytes)),
  ...product(['i8', 'i16'] as const, [0.05, 0.00031]).flatMap(([dtype, scale]) => {
    const bias: Operand = { dtype: 'f32', shape: [48], fill: (index) => Math.fround(next(-9, 9) * 10 ** (index % 25)) };
    return [
      single('ivit-layer-norm', { scale }, { dtype, shape: [1, 7, 48] }, bias),
      single('ivit-layer-norm', { scale }, { dtype, shape: [1, 7, 48], range: { low: -3, high: 4 } }, bias),
      single('ivit-mean', { axis: 1, scale }, { dtype, shape: [2, 49, 5] }),
      single('ivit-mean', { axis: 1, scale }, { dtype, shape: [2, 64, 5], range: { low: -3, high: 4 } }),
    ];
  }),
];
