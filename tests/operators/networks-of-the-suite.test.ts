import { describe, expect, test } from 'vitest';
import { elements, type Shape, type Tensor } from '../../src/numeric/tensor.ts';
import { integers, layer, random } from '../networks.ts';
import { compare, floats, integersOf, noOutputs, quantiser } from './accuracy.ts';

/** How many consecutive elements, `inner` apart, each mean is of; windows of two axes have two such sizes. */
interface Pooled {
  readonly title: string;
  readonly shape: Shape;
  readonly layer: readonly [kind: string, attributes: { readonly [name: string]: boolean | readonly number[] }];
  readonly sum: (x: Tensor, position: number) => { readonly sum: number; readonly count: number };
}

/** The mean over everything behind the first two axes. */
const overPlanes = (shape: Shape): Pooled['sum'] => {
  const count = elements(shape.slice(2));
  return (x, position) => ({ sum: total(x, (k) => position * count + k, count), count });
};

const total = ({ data }: Tensor, at: (k: number) => number, count: number): number => {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += data[at(k)]!;
  return sum;
};

const adaptive = (...shape: number[]): Pooled => ({
  title: `adaptive average pool to 1 of [${shape.join(', ')}]`,
  shape,
  layer: ['adaptive-average-pool', { output: shape.slice(2).map(() => 1) }],
  sum: overPlanes(shape),
});

/** The mean over the tokens of [1, tokens, width]. */
const tokens = (count: number, width: number): Pooled => ({
  title: `mean over ${count} tokens of ${width}`,
  shape: [1, count, width],
  layer: ['mean', { axes: [1], keep: false }],
  sum: (x, position) => ({ sum: total(x, (k) => k * width + position, count), count }),
});

/** Windows that lie side by side. */
const windows = (shape: readonly [number, number, number, number], height: number, width: number): Pooled => ({
  title: `average pool of ${height} by ${width} of [${shape.join(', ')}]`,
  shape,
  layer: ['average-pool', { kernel: [height, width], stride: [height, width], padding: [0, 0, 0, 0], ceil: false, countPadding: true }],
  sum(x, position) {
    const [, , rows, columns] = shape;
    const [down, across] = [rows / height, columns / width];
    const [plane, i, j] = [Math.floor(position / (down * across)), Math.floor(position / across) % down, position % across];
    const first = plane * rows * columns + i * height * columns + j * width;
    return { sum: total(x, (k) => first + Math.floor(k / width) * columns + (k % width), height * width), count: height * width };
  },
});

const pools: readonly Pooled[] = [
  adaptive(1, 32, 64),
  adaptive(1, 32, 16),
  adaptive(1, 175, 16),
  adaptive(1, 385, 80),
  adaptive(1, 64, 196),
  adaptive(1, 192, 400),
  adaptive(1, 16, 28, 28),
  adaptive(1, 16, 11, 11),
  adaptive(1, 32, 7, 7),
  adaptive(1, 128, 4, 4),
  adaptive(1, 256, 8, 8),
  tokens(50, 192),
  tokens(400, 192),
  tokens(32, 64),
  tokens(112, 180),
  windows([1, 16, 2, 17], 2, 17),
  windows([1, 32, 2, 34], 2, 34),
  windows([1, 8, 8, 8], 1, 4),
  windows([1, 16, 28, 28], 2, 2),
];

describe('means over the shapes that the networks of the suite have', () => {
  test.each(pools)('$title', async ({ shape, layer: [kind, attributes], sum }) => {
    const next = random(elements(shape));
    const accuracy = noOutputs();
    for (const ratio of [1, 1.5, 0.3 + 0.1 * next()]) {
      for (const [low, high] of [[-128, 127] as const, [-128, -128] as const, [127, 127] as const, [-9, 10] as const]) {
        const x = integers(next, 'i8', shape, low, high);
        const found = await integersOf({ x }, [
          quantiser('qx', 'x', 0.25),
          layer('mean', kind, ['qx'], attributes),
          quantiser('y', 'mean', 0.25 / ratio),
        ]);
        compare(accuracy, found, (position) => {
          const { sum: added, count } = sum(x, position);
          return (added * ratio) / count;
        });
      }
    }
    expect(accuracy.differ).toBe(0);
  });
});

describe('a causal depthwise convolution', () => {
  const [channels, times, kernel] = [32, 64, 4];
  const next = random(7);
  const x = integers(next, 'i8', [1, channels, times], -128, 127);
  const weights = integers(next, 'i8', [channels, 1, kernel], -127, 127);
  const scales = Array.from({ length: channels }, () => 0.0005 * (0.5 + next()));
  const bias = Array.from({ length: channels }, () => next() - 0.5);
  const convolution = (input: string, before: number) =>
    layer(
      'conv',
      'convolution',
      [input],
      { stride: [1], padding: [before, 0], groups: channels },
      { weights, scales: floats(scales), bias: floats(bias) },
    );

  test('is a border of zeros in front and a convolution of as many groups as channels', async () => {
    const padded = await integersOf({ x }, [
      quantiser('qx', 'x', 0.02),
      layer('pad', 'pad', ['qx'], { before: [0, 0, kernel - 1], after: [0, 0, 0] }),
      convolution('pad', 0),
      quantiser('y', 'conv', 0.02),
    ]);
    const accuracy = noOutputs();
    compare(accuracy, padded, (position) => {
      const [channel, time] = [Math.floor(position / times), position % times];
      let sum = 0;
      for (let k = 0; k < kernel; k++) {
        const at = time + k - kernel + 1;
        if (at >= 0) sum += x.data[channel * times + at]! * weights.data[channel * kernel + k]!;
      }
      return (sum * 0.02 * scales[channel]! + bias[channel]!) / 0.02;
    });
    expect(accuracy.differ).toBe(0);
    const own = await integersOf({ x }, [quantiser('qx', 'x', 0.02), convolution('qx', kernel - 1), quantiser('y', 'conv', 0.02)]);
    expect(own).toEqual(padded);
  });
});
