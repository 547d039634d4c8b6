import type { Attributes } from '../../src/numeric/attributes.ts';
import { exponentialTable } from '../../src/numeric/exponential.ts';
import { type Dtype, dtypes, type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import { sequence } from '../targets/programs.ts';
import type { Trial } from './harness.ts';

const next = sequence(20);
const activations: readonly Dtype[] = ['i8', 'u8', 'i16', 'u16'];
const integers: readonly Dtype[] = [...activations, 'i32'];

/** Limits whose narrowest type is the dtype. */
const limits: Readonly<Record<string, { lo: number; hi: number }>> = {
  i8: { lo: -128, hi: 127 },
  u8: { lo: 0, hi: 255 },
  i16: { lo: -32768, hi: 32767 },
  u16: { lo: 0, hi: 65535 },
  i32: { lo: -(2 ** 31), hi: 2 ** 31 - 1 },
};

type Fill = (index: number) => number;
const make = (dtype: Dtype, shape: Shape, fill: Fill): Tensor => {
  const result = tensor({ dtype, shape });
  for (let index = 0; index < result.data.length; index++) result.data[index] = fill(index);
  return result;
};

/** Fills for an operand of which nothing but its type is known: random twice, least, greatest, and a mixture of the two. */
function fills({ low, high }: { readonly low: number; readonly high: number }): readonly Fill[] {
  const random = (): number => next(low, high);
  return [random, random, () => low, () => high, () => (next(0, 1) === 0 ? low : high)];
}

interface Operand {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** The values, where the operand cannot hold just any. */
  readonly fill?: Fill;
  readonly range?: { readonly low: number; readonly high: number };
}

/** A step of several calls; each call lists the operands that it adds. */
function pipe(
  calls: readonly { readonly operator: string; readonly operands: readonly Operand[]; readonly attributes?: Attributes }[],
): Trial {
  const named = new Map<string, Operand>();
  let previous: readonly Tensor['type'][] = [];
  const stages = calls.map(({ operator, operands, attributes = {} }) => {
    const names = operands.map((operand) => {
      const name = `operand ${named.size}`;
      named.set(name, operand);
      return name;
    });
    previous = [operators.get(operator)!.result(attributes, [...previous, ...operands])];
    return { operator, operands: names, attributes };
  });
  const cases = Array.from({ length: 5 }, (_, index) => {
    const values = Array.from(named, ([name, { dtype, shape, fill, range }]): [string, Tensor] => [
      name,
      make(dtype, shape, fill ?? fills(range ?? dtypes[dtype])[index]!),
    ]);
    return new Map(values);
  });
  return { step: { name: calls.map(({ operator }) => operator).join(' | '), type: previous[0]!, stages }, cases };
}

const single = (operator: string, attributes: Attributes, ...operands: readonly Operand[]): Trial =>
  pipe([{ operator, operands, attributes }]);
const product = <A, B>(first: readonly A[], second: readonly B[]): [A, B][] => first.flatMap((a) => second.map((b): [A, B] => [a, b]));

const weights = (shape: Shape): Operand => ({ dtype: 'i8', shape });
/** M, B, E of `channels` channels, such that no sum of `terms` values of `dtype` overflows: each from tiny to as large as it may be. */
function dyadicConstants(dtype: Dtype, channels: number, terms = 0): Operand[] {
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

const windows = [
  { shape: [1, 3, 9, 11], kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { shape: [2, 2, 7, 5], kernel: [2, 3], stride: [2, 2], padding: [0, 1, 1, 0] },
  { shape: [1, 4, 5, 6], kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
  { shape: [1, 2, 6, 6], kernel: [5, 5], stride: [3, 2], padding: [2, 2, 2, 2] },
  { shape: [1, 2, 19], kernel: [4], stride: [1], padding: [3, 0] },
  { shape: [1, 1, 1, 1], kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
] as const;
/** Windows that lie in the border entirely: only where a sum may be empty. */
const farBorder = { shape: [1, 2, 2, 1], kernel: [2, 1], stride: [3, 3], padding: [4, 4, 5, 5] } as const;

const convolutions = [...windows, farBorder].flatMap(({ shape, kernel, stride, padding }) =>
  product(activations, [1, shape[1]]).flatMap(([dtype, groups]): Trial[] => {
    const x: Operand = { dtype, shape };
    const outputs = groups * 2;
    return [single('convolution', { stride, padding, groups }, x, weights([outputs, shape[1] / groups, ...kernel]))];
  }),
);

const pools = product(['max-pool', 'window-sum'], integers).flatMap(([operator, dtype]) =>
  windows.map(({ shape, kernel, stride, padding }) => {
    const few = { low: Math.max(dtypes[dtype].low, -(2 ** 26)), high: Math.min(dtypes[dtype].high, 2 ** 26) };
    return single(operator, { kernel, stride, padding, ceil: true }, { dtype, shape, range: few });
  }),
);

const requantisations = product(integers, integers).flatMap(([from, to]) => {
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

const sums = integers.flatMap((to) =>
  [1, 4].map((channels) => {
    const [M, B, E] = dyadicConstants('i32', channels, 3) as [Operand, Operand, Operand];
    const x = (dtype: Dtype): Operand => ({ dtype, shape: [2, 4, 150] });
    return single('dyadic-sum', { ...limits[to]!, axis: 1 }, x('i8'), M, B, E, x('u16'), x('i32'));
  }),
);

const elementwise = integers.flatMap((dtype) => {
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

const exactSums = (['i16', 'i32'] as const).map((dtype) =>
  single(
    'sum',
    { dtype },
    { dtype: 'i8', shape: [2, 100] },
    { dtype: 'u8', shape: [2, 100] },
    { dtype: 'i16', shape: [2, 100], range: { low: -30000, high: 30000 } },
  ),
);

const tables = product(activations, integers).map(([from, to]) =>
  single('lookup', {}, { dtype: from, shape: [2, 40] }, { dtype: to, shape: [dtypes[from].high - dtypes[from].low + 1] }),
);

const rowTables = product(['i8', 'u8'] as const, integers).map(([from, to]) =>
  single('row-lookup', {}, { dtype: from, shape: [3, 2, 40] }, { dtype: to, shape: [256, 256] }),
);

const staircases = product(integers, integers).map(([from, to]) => {
  const span = dtypes[from].high - dtypes[from].low;
  const thresholds: Operand = { dtype: 'i32', shape: [9], fill: (index) => dtypes[from].low + Math.floor((span * index) / 8) };
  return single('staircase', {}, { dtype: from, shape: [2, 40] }, thresholds, { dtype: to, shape: [10] });
});

const gathers = integers.map((dtype) => single('gather', {}, { dtype, shape: [2, 30], range: { low: 0, high: 99 } }, weights([100, 7])));

const digits = (
  [
    ['i16', 128],
    ['u16', 128],
    ['u16', 32896],
  ] as const
).flatMap(([dtype, mask]) => [
  single('digits', { mask }, { dtype, shape: [3, 41] }),
  single('digit-matmul', { mask }, { dtype, shape: [2, 3, 5, 7] }, { dtype: 'i8', shape: [2, 3, 7, 4] }),
]);

const linears = activations.flatMap((dtype) => [
  single('linear', {}, { dtype, shape: [3, 17] }, weights([5, 17])),
  single('linear', {}, { dtype, shape: [1, 2, 64] }, weights([1, 64])),
]);

const products = product(activations, activations).flatMap(([left, right]) => {
  const few = (dtype: Dtype) => ({ low: Math.max(dtypes[dtype].low, -9000), high: Math.min(dtypes[dtype].high, 9000) });
  const a: Operand = { dtype: left, shape: [2, 3, 5, 7], range: few(left) };
  return [
    single('matmul', { transpose: false }, a, { dtype: right, shape: [2, 3, 7, 4], range: few(right) }),
    single('matmul', { transpose: true }, a, { dtype: right, shape: [2, 3, 4, 7], range: few(right) }),
  ];
});

const wideProducts = (['i8', 'u8'] as const).map((right) => {
  const a: Operand = { dtype: 'i32', shape: [2, 3, 5, 7], range: { low: -(2 ** 20), high: 2 ** 20 } };
  return single('matmul', { transpose: false }, a, { dtype: right, shape: [2, 3, 7, 4] });
});

/** One tensor in the other: whole, and repeated in front, in the middle and behind. */
const repeated = product(activations, activations).flatMap(([left, right]) =>
  [[2, 3, 9], [2, 3, 1], [2, 1, 9], [9]].map((shape) => {
    const few = (dtype: Dtype) => ({ low: dtypes[dtype].low, high: Math.min(dtypes[dtype].high, 2 ** 15) });
    return single('multiply', {}, { dtype: left, shape: [2, 3, 9], range: few(left) }, { dtype: right, shape, range: few(right) });
  }),
);

/** Rows of one element, of an axis and of two; an epsilon of nothing, of little, and as large as 62 bits allow. */
const norms = product(['layer-norm', 'rms-norm'], activations).flatMap(([operator, dtype]) =>
  [
    { length: 1, fraction: 28, epsilon: 3 },
    { length: 24, fraction: 20, epsilon: 0 },
    { length: 96, fraction: 14, epsilon: 2 ** 61 },
  ].map(({ length, fraction, epsilon }) =>
    single(operator, { length, fraction }, { dtype, shape: [2, 4, 24] }, { dtype: 'i64', shape: [1], fill: () => epsilon }),
  ),
);

/** Shares in 1/255, in whole steps and in 2^-23; sums of exponentials that are least and greatest. */
const softmaxes = product(integers, integers).flatMap(([from, to]) => {
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

const conversions = product(integers, integers).map(([from, to]) => {
  const range = { low: Math.max(dtypes[from].low, dtypes[to].low), high: Math.min(dtypes[from].high, dtypes[to].high) };
  return single('convert', { dtype: to }, { dtype: from, shape: [3, 21], range });
});

const reals: Operand = { dtype: 'f32', shape: [2, 3, 4, 5], fill: () => Math.fround(next(-1000, 1000) / 7) };
const moves = [
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

const bytes: Operand = { dtype: 'i8', shape: [2, 60] };
const ares = [
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
const ivit = [
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

const ropes = product(activations, [true, false]).map(([dtype, interleaved]) => {
  const table: Operand = { dtype: 'i32', shape: [5, 3], range: { low: -(2 ** 22), high: 2 ** 22 } };
  const few = { low: Math.max(dtypes[dtype].low, -255), high: Math.min(dtypes[dtype].high, 255) };
  return single('rope', { interleaved }, { dtype, shape: [2, 2, 5, 6], range: few }, table, table);
});

const signals = product(activations, [40, 7, 1]).map(([dtype, length]) => {
  const table: Operand = { dtype: 'i32', shape: [length], range: { low: -(2 ** 18), high: 2 ** 18 } };
  const few = { low: Math.max(dtypes[dtype].low, -200), high: Math.min(dtypes[dtype].high, 200) };
  return single('rfft', {}, { dtype, shape: [3, 2, length], range: few }, table, table);
});

const spectra = activations.flatMap((dtype) => {
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
const softened = single('softplus', {}, { dtype: 'i32', shape: [3, 50], range: { low: -127 * 2 ** 16, high: 127 * 2 ** 16 } }, falling);

const exponentials: Operand = { dtype: 'i32', shape: [624], fill: (index) => exponentialTable.data[index]! };
const scans = activations.flatMap((dtype) =>
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

/** Several calls in one step: parts, and stages that do not fall into parts. */
const pipes = [
  pipe([
    {
      operator: 'convolution',
      operands: [{ dtype: 'u8', shape: [1, 3, 8, 8] }, weights([6, 3, 3, 3])],
      attributes: { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 },
    },
    { operator: 'dyadic', operands: dyadicConstants('i32', 6), attributes: { ...limits['i8']!, axis: 1 } },
    { operator: 'max-pool', operands: [], attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false } },
  ]),
  pipe([
    {
      operator: 'convolution',
      operands: [{ dtype: 'i8', shape: [1, 6, 8, 8] }, weights([12, 2, 3, 3])],
      attributes: { stride: [2, 2], padding: [1, 1, 1, 1], groups: 3 },
    },
    {
      operator: 'dyadic-sum',
      operands: [...dyadicConstants('i32', 12, 2), { dtype: 'u8', shape: [1, 12, 4, 4] }],
      attributes: { ...limits['u8']!, axis: 1 },
    },
    { operator: 'lookup', operands: [{ dtype: 'i16', shape: [256] }] },
    { operator: 'permute', operands: [], attributes: { axes: [0, 2, 3, 1] } },
    { operator: 'clamp', operands: [], attributes: { lo: -1000, hi: 20000 } },
  ]),
  pipe([
    { operator: 'linear', operands: [{ dtype: 'i16', shape: [1, 7, 16] }, weights([10, 16])] },
    { operator: 'dyadic', operands: dyadicConstants('i32', 10), attributes: { ...limits['u16']!, axis: 2 } },
    { operator: 'reshape', operands: [], attributes: { shape: [1, 70] } },
  ]),
  pipe([
    {
      operator: 'matmul',
      operands: [
        { dtype: 'i8', shape: [1, 3, 9, 16] },
        { dtype: 'i8', shape: [1, 3, 9, 16] },
      ],
      attributes: { transpose: true },
    },
    { operator: 'ivit-requantise', operands: [{ dtype: 'f64', shape: [1], fill: () => 0.002 }], attributes: { ...limits['i8']!, axis: 0 } },
    { operator: 'ivit-softmax', operands: [], attributes: { scale: 0.05, bits: 16 } },
  ]),
  pipe([
    {
      operator: 'window-sum',
      operands: [{ dtype: 'u8', shape: [1, 4, 6, 6] }],
      attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false },
    },
    {
      operator: 'dyadic-mean',
      operands: [{ dtype: 'i32', shape: [3, 3], fill: (index) => 1 + (index % 4) }],
      attributes: { M: 2 ** 30, E: 30, ...limits['u8']! },
    },
    { operator: 'upsample', operands: [], attributes: { factors: [2, 2] } },
    { operator: 'slice', operands: [], attributes: { axis: 3, start: 0, size: 3, step: 2 } },
  ]),
];

/** Every function of kernels/ that an operator can call, on random and on extreme values. */
export const trials: readonly Trial[] = [
  ...convolutions,
  ...linears,
  ...digits,
  ...gathers,
  ...products,
  ...wideProducts,
  ...repeated,
  ...norms,
  ...softmaxes,
  ...pools,
  ...requantisations,
  ...sums,
  ...elementwise,
  ...exactSums,
  ...tables,
  ...rowTables,
  ...staircases,
  ...conversions,
  ...moves,
  ...ares,
  ...ivit,
  ...ropes,
  ...signals,
  ...spectra,
  softened,
  ...scans,
  ...pipes,
];
