import type { Network } from '../../src/network/network.ts';
import type { Attributes } from '../../src/numeric/attributes.ts';
import type { Shape, Tensor } from '../../src/numeric/tensor.ts';
import { elements, sameShape } from '../../src/numeric/tensor.ts';
import { reals } from '../networks.ts';
import { type Draw, isImage, NetworkSketch, small, type Value } from './generator.ts';
import { selectiveScan } from './selective-scan.ts';
import { transformerForms } from './transformer.ts';

const same = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const spatialOf = ({ shape }: Value): readonly number[] => shape.slice(2);

/** A convolution of any stride, border and grouping that fits; biased as often as not. */
function convolve(s: NetworkSketch, x: Value, outputs?: number): Value | undefined {
  const channels = x.shape[1]!;
  const axes = spatialOf(x).length;
  const kernel = spatialOf(x).map((size) => s.between(1, Math.min(size, 5)));
  const divisors = [1, 2, 3, channels].filter((groups) => channels % groups === 0 && (outputs ?? groups) % groups === 0);
  const groups = s.pick(divisors);
  const wanted = outputs ?? groups * s.between(1, Math.max(1, Math.floor(12 / groups)));
  const padding = same(2 * axes, 0).map((_, at) => s.between(0, Math.min(2, kernel[at % axes]! - 1)));
  const stride = same(axes, 1).map(() => (outputs === undefined && s.chance(0.3) ? s.between(2, 3) : 1));
  const tensors = s.weights([wanted, channels / groups, ...kernel]);
  const plain = s.apply('convolution', [x], { stride, padding, groups }, tensors);
  if (s.chance(0.4)) return plain;
  s.layers.pop();
  return s.apply('convolution', [x], { stride, padding, groups }, { ...tensors, bias: s.bias(plain, wanted) });
}

/** A convolution that keeps the size, so that its result can be added to or joined with others. */
function convolveSame(s: NetworkSketch, x: Value, outputs: number): Value {
  const axes = spatialOf(x).length;
  const kernel = same(axes, 1).map(() => s.pick([1, 3]));
  const padding = [...kernel, ...kernel].map((size) => (size - 1) / 2);
  const tensors = s.weights([outputs, x.shape[1]!, ...kernel]);
  return s.apply('convolution', [x], { stride: same(axes, 1), padding, groups: 1 }, tensors);
}

/** BatchNorm with gammas of either sign, and now and then a dead channel. */
function normalise(s: NetworkSketch, x: Value): Value {
  const channels = x.shape[1]!;
  const size = Math.max(...[...x.real.values].map(Math.abs), 1e-30);
  const tensor = (low: number, high: number): Tensor => {
    const data = Float32Array.from({ length: channels }, () => low + s.next() * (high - low));
    return { type: { dtype: 'f32', shape: [channels] }, data };
  };
  const gamma = tensor(-1.5, 1.5);
  const variance = tensor(0.1 * size * size, size * size);
  if (s.chance(0.1)) {
    gamma.data[0] = 1e-13;
    variance.data[0] = 1e-12;
  }
  return s.apply(
    'batch-norm',
    [x],
    { epsilon: 1e-5 * size * size },
    { gamma, beta: tensor(-0.5, 0.5), mean: tensor(-0.2 * size, 0.2 * size), variance },
  );
}

function pooling(s: NetworkSketch, x: Value): { kernel: number[]; stride: number[]; padding: number[]; ceil: boolean } {
  const kernel = spatialOf(x).map((size) => s.between(1, Math.min(size, 3)));
  const stride = kernel.map((size) => (s.chance(0.6) ? size : s.between(1, 2)));
  const half = kernel.map((size) => (s.chance(0.3) ? Math.floor(size / 2) : 0));
  return { kernel, stride, padding: [...half, ...half], ceil: s.chance(0.3) };
}

const activated = (s: NetworkSketch, x: Value): Value | undefined => {
  const choice = s.next();
  if (choice < 0.4) {
    const quantised = s.quantise(s.apply('relu', [x]), true);
    return quantised;
  }
  if (choice < 0.55) {
    const size = Math.max(...[...x.real.values].map(Math.abs));
    if (size > 60 || size < 0.5) return undefined;
    return s.quantise(s.apply('unary', [x], { function: s.pick(['silu', 'gelu', 'sigmoid', 'tanh', 'hardswish']) }), false);
  }
  return s.quantise(x);
};

const image = (s: NetworkSketch, pool: readonly Value[]): Value => s.pick(pool.filter(isImage));

/** The forms of graphs that networks are made of; each gives a new quantised value. */
const forms: readonly Draw[] = [
  (s, pool) => {
    const made = convolve(s, image(s, pool));
    if (!made) return undefined;
    const normalised = s.chance(0.5) ? normalise(s, made) : made;
    const pooled = s.chance(0.2) ? s.apply('max-pool', [normalised], pooling(s, normalised)) : normalised;
    return activated(s, pooled);
  },
  (s, pool) => {
    const x = image(s, pool);
    const y = convolveSame(s, x, x.shape[1]!);
    return activated(s, s.apply('add', s.chance(0.5) ? [y, x] : [x, y]));
  },
  (s, pool) => {
    const x = image(s, pool);
    const left = convolveSame(s, x, x.shape[1]!);
    const right = normalise(s, convolveSame(s, x, x.shape[1]!));
    return activated(s, s.apply('add', [left, right]));
  },
  (s, pool) => {
    const x = s.pick(pool);
    const y = s.pick(pool.filter((other) => sameShape(other.shape, x.shape)));
    return activated(s, s.apply('add', [x, y]));
  },
  (s, pool) => {
    const x = image(s, pool);
    const fits = pool.filter((other) => isImage(other) && sameShape(spatialOf(other), spatialOf(x)));
    const parts = same(s.between(1, 2), x).map(() => s.pick(fits));
    const joined = s.apply('concat', [x, ...parts, ...(s.chance(0.3) ? [convolveSame(s, x, 3)] : [])], { axis: 1 });
    return activated(s, joined);
  },
  (s, pool) => {
    const x = image(s, pool);
    return activated(s, s.apply('average-pool', [x], { ...pooling(s, x), countPadding: s.chance(0.5) }));
  },
  (s, pool) => {
    const x = image(s, pool);
    return { ...s.apply('max-pool', [x], pooling(s, x)), quantised: true };
  },
  (s, pool) => s.quantise(s.pick(pool)),
  (s, pool) => activated(s, normalise(s, image(s, pool))),
  (s, pool) => {
    const x = image(s, pool);
    const before = x.shape.map((_, axis) => (axis < 2 ? 0 : s.between(0, 2)));
    const after = x.shape.map((_, axis) => (axis < 2 ? 0 : s.between(0, 2)));
    return { ...s.apply('pad', [x], { before, after }), quantised: true };
  },
  (s, pool) => {
    const x = image(s, pool);
    const axis = s.between(1, x.shape.length - 1);
    const size = s.between(1, x.shape[axis]!);
    return { ...s.apply('slice', [x], { axis, start: s.between(0, x.shape[axis]! - size), size, step: 1 }), quantised: true };
  },
  (s, pool) => {
    const x = image(s, pool);
    return { ...s.apply('upsample', [x], { factors: spatialOf(x).map(() => s.between(1, 2)) }), quantised: true };
  },
  (s, pool) => {
    const x = image(s, pool);
    const axis = s.between(1, x.shape.length - 1);
    const [kind, attributes] = s.pick<[string, Attributes]>([
      ['repeat', { axis, count: 2 }],
      ['tile', { axis, count: 2 }],
      ['flip', { axes: [axis] }],
    ]);
    return { ...s.apply(kind, [x], attributes), quantised: true };
  },
  (s, pool) => {
    const x = s.pick(pool.filter(({ shape }) => shape.length > 1));
    const [positions, size] = x.shape.slice(-2) as [number, number];
    if (size % 2 !== 0) return undefined;
    const angles = same((positions * size) / 2, 0).map(() => 7 * s.next());
    const table = (of: (angle: number) => number): Tensor => ({
      type: { dtype: 'i32', shape: [positions, size / 2] },
      data: Int32Array.from(angles, (angle) => Math.round(2 ** 22 * of(angle))),
    });
    return s.quantise(s.apply('rope', [x], { interleaved: s.chance(0.5) }, { cos: table(Math.cos), sin: table(Math.sin) }));
  },
  (s, pool) => s.quantise(s.apply('rfft', [s.pick(pool)], { part: s.pick(['magnitude', 'phase']) })),
  (s, pool) => {
    const x = image(s, pool);
    const tokens = [1, x.shape[1]!, elements(spatialOf(x))];
    const rows = s.apply('permute', [s.apply('reshape', [x], { shape: tokens })], { axes: [0, 2, 1] });
    const outputs = s.between(1, 9);
    const projected = s.apply('linear', [rows], {}, s.weights([outputs, tokens[1]!]));
    return activated(s, projected);
  },
  (s, pool) => {
    const x = image(s, pool);
    return s.quantise(s.apply('mean', [x], { axes: x.shape.map((_, axis) => axis).slice(2), keep: s.chance(0.5) }));
  },
  ...transformerForms,
  (s, pool) => selectiveScan(s, image(s, pool)),
];

const flat = (s: NetworkSketch, x: Value): Value => ({ ...s.apply('reshape', [x], { shape: [1, elements(x.shape)] }), quantised: true });

function classifier(s: NetworkSketch, x: Value): Value {
  const rows = flat(s, x);
  const outputs = s.between(1, 11);
  const tensors = s.weights([outputs, rows.shape[1]!]);
  const plain = s.apply('linear', [rows], {}, tensors);
  if (s.chance(0.3)) return plain;
  s.layers.pop();
  return s.apply('linear', [rows], {}, { ...tensors, bias: s.bias(plain, outputs) });
}

const imageShape = (s: NetworkSketch): Shape =>
  s.chance(0.25) ? [1, s.between(1, 6), s.between(4, 20)] : [1, s.between(1, 4), s.between(3, 10), s.between(3, 10)];

/** A valid network of one to eight quantised values beyond its inputs, and float samples for its inputs. The same seed draws the same one. */
export function drawNetwork(seed: number): { readonly network: Network; readonly samples: ReadonlyMap<string, Tensor> } {
  const s = new NetworkSketch(seed);
  const size = 2 ** s.between(-22, 14);
  const shape = imageShape(s);
  const pool = [
    drawInput(s, shape, size),
    ...(s.chance(0.2) ? [drawInput(s, shape, size * (0.5 + s.next()))] : []),
    ...(s.chance(0.15) ? [drawRows(s)] : []),
  ];
  for (let wanted = s.between(1, 8), attempts = 0; wanted > 0 && attempts < 60; attempts++) {
    const kept = s.layers.length;
    const made = s.pick(forms)(s, pool.filter(small));
    if (made && small(made)) {
      pool.push(made);
      wanted -= 1;
    } else {
      s.layers.length = kept;
    }
  }
  const last = pool.at(-1)!;
  const outputs = [
    s.chance(0.7) ? classifier(s, last) : last,
    ...(s.chance(0.2) ? [s.pick(pool.slice(1).length > 0 ? pool.slice(1) : pool)] : []),
  ];
  const distinct = outputs.filter((output, index) => outputs.findIndex(({ name }) => name === output.name) === index);
  return { network: s.network(distinct), samples: s.samples };
}

/** A row for each of a few indices. */
function drawRows(s: NetworkSketch): Value {
  const count = s.pick([9, 200, 300]);
  const { weights } = s.weights([count, s.between(1, 6)]);
  return s.apply(
    'embedding',
    [s.input([1, s.between(1, 9)], count)],
    {},
    { weights: weights!, scales: reals(s.next, [1], 2 ** -8, 2 ** -6) },
    true,
  );
}

/** A quantised input; a uniform one always has a scale that most of it is inside of. */
function drawInput(s: NetworkSketch, shape: Shape, size: number): Value {
  const value = s.input(shape, size);
  return s.quantise(value, false) ?? s.apply('quantiser', [value], { scale: Math.fround(size / 127), lo: -128, hi: 127 }, {}, true);
}
