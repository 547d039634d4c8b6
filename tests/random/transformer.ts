import { elements, type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { type Draw, isImage, type NetworkSketch, type Value } from './generator.ts';

const sizeOf = ({ real }: Value): number => real.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export const uniform = (s: NetworkSketch, shape: Shape, low: number, high: number): Tensor =>
  tensor(
    { dtype: 'f64', shape },
    Array.from({ length: elements(shape) }, () => low + s.next() * (high - low)),
  );

/** One of the norms, with gammas of either sign or none. */
function norm(s: NetworkSketch, x: Value): Value | undefined {
  const size = sizeOf(x);
  if (size === 0) return undefined;
  const epsilon = size * size * s.pick([1e-6, 1e-3]);
  const gains = (shape: Shape, names: readonly string[]) =>
    s.chance(0.2) ? {} : Object.fromEntries(names.map((name) => [name, uniform(s, shape, -0.5, 1.5)]));
  const channels = x.shape[1]!;
  const axes = s.between(1, x.shape.length - 1);
  return s.pick([
    () => s.apply('layer-norm', [x], { axes, epsilon }, gains(x.shape.slice(-axes), ['gamma', 'beta'])),
    () => s.apply('rms-norm', [x], { epsilon }, gains(x.shape.slice(-1), ['gamma'])),
    () => {
      const groups = s.pick([1, 2, 3, channels].filter((count) => channels % count === 0));
      return s.apply('group-norm', [x], { groups, epsilon }, gains([channels], ['gamma', 'beta']));
    },
  ])();
}

/** The positions of an image as rows of its channels. */
export function tokensOf(s: NetworkSketch, x: Value): Value {
  const [, channels = 1, ...spatial] = x.shape;
  const rows = s.apply('reshape', [x], { shape: [1, channels, elements(spatial)] });
  return { ...s.apply('permute', [rows], { axes: [0, 2, 1] }), quantised: true };
}

/** Rows of `heads` parts as a matrix for each part. */
function splitHeads(s: NetworkSketch, x: Value, heads: number): Value {
  const [, rows = 1, depth = 1] = x.shape;
  const split = s.apply('reshape', [x], { shape: [1, rows, heads, depth / heads] });
  return { ...s.apply('permute', [split], { axes: [0, 2, 1, 3] }), quantised: true };
}

/** Softmax in any of its forms: of 8 bits or of sums, its shares in 8 bits or not rounded. */
function sharesOf(s: NetworkSketch, scores: Value): Value | undefined {
  const size = sizeOf(scores);
  if (size === 0) return undefined;
  const scaled = s.apply('scalar-multiply', [scores], { factor: s.between(1, 64) / 8 / size });
  const rounded = s.chance(0.5) ? s.quantise(scaled, false) : scaled;
  const shares = rounded && s.apply('softmax', [rounded]);
  return (
    shares && (s.chance(0.6) ? s.apply('quantiser', [shares], { scale: s.pick([1 / 255, 1 / 200]), lo: 0, hi: 255 }, {}, true) : shares)
  );
}

function attention(s: NetworkSketch, x: Value): Value | undefined {
  const tokens = tokensOf(s, x);
  const [, rows = 1, channels = 1] = tokens.shape;
  if (rows > 40) return undefined;
  const heads = s.pick([1, 2, 3]);
  const depth = heads * s.between(1, 6);
  const [q, k, v] = ['q', 'k', 'v'].map(() => s.quantise(s.apply('linear', [tokens], {}, s.weights([depth, channels])), false));
  if (!q || !k || !v) return undefined;
  const turned = { ...s.apply('permute', [splitHeads(s, k, heads)], { axes: [0, 1, 3, 2] }), quantised: true };
  const shares = sharesOf(s, s.apply('matmul', [splitHeads(s, q, heads), turned]));
  const mixed = shares && s.quantise(s.apply('matmul', [shares, splitHeads(s, v, heads)]));
  if (!mixed) return undefined;
  const joined = s.apply('permute', [mixed], { axes: [0, 2, 1, 3] });
  return { ...s.apply('reshape', [joined], { shape: [1, rows, depth] }), quantised: true };
}

/** A tensor times one of its own shape, or times a number for each channel. */
function gate(s: NetworkSketch, x: Value, pool: readonly Value[]): Value | undefined {
  const alike = pool.filter(({ shape }) => shape.length === x.shape.length && shape.every((size, axis) => size === x.shape[axis]));
  const axes = x.shape.map((_, axis) => axis).slice(2);
  const other = s.chance(0.5) && axes.length > 0 ? s.quantise(s.apply('mean', [x], { axes, keep: true })) : s.pick(alike);
  return other && s.quantise(s.apply('multiply', s.chance(0.5) ? [x, other] : [other, x]));
}

/** The forms of transformers; each gives a new quantised value. */
export const transformerForms: readonly Draw[] = [
  (s, pool) => {
    const made = norm(s, s.pick(pool));
    return made && s.quantise(s.chance(0.3) ? s.apply('unary', [made], { function: s.pick(['silu', 'gelu', 'tanh']) }) : made);
  },
  (s, pool) => attention(s, s.pick(pool.filter(isImage))),
  (s, pool) => gate(s, s.pick(pool), pool),
];
