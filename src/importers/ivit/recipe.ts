import { f32 } from '../../numeric/rounding.ts';
import { elements, type Shape, type Tensor, tensor } from '../../numeric/tensor.ts';

/** A hash of 32 bits of the position in a stream that a name starts: FNV-1a, then murmur3's finish. */
function streamOf(name: string): (index: number) => number {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return (index) => {
    let hash = (Math.imul(index, 0x9e3779b1) + seed) | 0;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  };
}

/** Numbers of 24 bits in [-1, 1), the same in any language. */
function uniform(name: string): (index: number) => number {
  const stream = streamOf(name);
  return (index) => ((stream(index) >>> 8) - 2 ** 23) / 2 ** 23;
}

/** What a parameter of a shape has for the number v at a position. */
type Rule = (shape: Shape) => (v: number, index: number) => number;

const scaledBy =
  (factor: number): Rule =>
  () =>
  (v) =>
    f32(f32(factor) * v);

/** By the end of a parameter's name; the first that fits. Weights get the variance 1 / fan_in; every 16th LayerNorm weight is negative. */
const rules: readonly (readonly [name: RegExp, rule: Rule])[] = [
  [/^(cls_token|pos_embed)$|relative_position_bias_table$/, scaledBy(0.5)],
  [/norm\d?\.weight$/, () => (v, c) => (c % 16 === 7 ? -1 : 1) * f32(1 + f32(0.5 * v))],
  [/norm\d?\.bias$/, scaledBy(0.3)],
  [/\.bias$/, scaledBy(0.2)],
  [/\.weight$/, (shape) => scaledBy(Math.sqrt(3 / elements(shape.slice(1))))(shape)],
];

/** A made-up parameter in float32, the same on every machine. */
export function recipeParameter(name: string, shape: Shape): Tensor {
  const [, rule] = rules.find(([pattern]) => pattern.test(name))!;
  const values = uniform(name);
  const valueAt = rule(shape);
  const made = tensor({ dtype: 'f32', shape });
  for (let index = 0; index < made.data.length; index++) made.data[index] = valueAt(values(index), index);
  return made;
}

/** Cells of 16x16 pixels. */
const cell = 16;

/** A made-up picture [3, side, side]: coloured cells under noise. */
export function recipePicture(number: number, side: number): Tensor {
  const cells = streamOf(`image${number}.cell`);
  const noise = streamOf(`image${number}.noise`);
  const across = Math.ceil(side / cell);
  const data = new Uint8Array(3 * side * side);
  for (let at = 0; at < data.length; at++) {
    const [c, y, x] = [Math.floor(at / side ** 2), Math.floor(at / side) % side, at % side];
    const colour = cells((c * across + Math.floor(y / cell)) * across + Math.floor(x / cell)) >>> 24;
    data[at] = (3 * colour + (noise(at) >>> 24)) >> 2;
  }
  return tensor({ dtype: 'u8', shape: [3, side, side] }, data);
}

/** The mean and deviation of ImageNet's colours, in float32, by which pictures are normalised. */
const means = [0.485, 0.456, 0.406].map(f32);
const deviations = [0.229, 0.224, 0.225].map(f32);

/** What a model takes for pictures [pictures, 3, rows, columns] whose brightest value is `white`: f32(f32(f32(u8 / white) - mean) / deviation). */
export function normalised({ type: { shape }, data }: Tensor, white = 255): Tensor {
  const [, colours = 1, rows = 1, columns = 1] = shape;
  const values = Float32Array.from(data, (value, at) => {
    const c = Math.floor(at / (rows * columns)) % colours;
    return f32(f32(f32(value / white) - means[c]!) / deviations[c]!);
  });
  return tensor({ dtype: 'f32', shape }, values);
}
