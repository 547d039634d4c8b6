import { afterAll, expect, test } from 'vitest';
import type { Layer } from '../../src/network/network.ts';
import type { Attributes } from '../../src/numeric/attributes.ts';
import { unaryFunctions } from '../../src/numeric/functions.ts';
import { type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { layer, random } from '../networks.ts';
import { byte, compare, expectAsListed, floats, integersOf, noOutputs, quantiser, report, rowBlocks } from './accuracy.ts';

const accuracy = noOutputs();
afterAll(() => console.log(report('LayerNorm and GroupNorm', accuracy)));

/** (x - mean) / sqrt(variance + epsilon / scale^2) of rows of neighbours: sums of integers are exact in double. */
function normals({ data }: Tensor, length: number, epsilon: number, scale: number): (position: number) => number {
  const rows = Array.from({ length: data.length / length }, (_, row) => {
    const values = Array.from(data.subarray(row * length, (row + 1) * length));
    const sum = values.reduce((total, value) => total + value, 0);
    const spread = length * values.reduce((total, value) => total + value ** 2, 0) - sum ** 2;
    return { sum, root: Math.sqrt(spread + (epsilon * length ** 2) / scale ** 2) };
  });
  return (position) => {
    const { sum, root } = rows[Math.floor(position / length)]!;
    const deviation = length * data[position]! - sum;
    return deviation === 0 ? 0 : deviation / root;
  };
}

/** One norm of a tensor between two quantisers, beside the same in double. */
async function trial(
  seed: number,
  x: Tensor,
  kind: string,
  attributes: Attributes,
  length: number,
  gains: Shape,
  channel: (position: number) => number,
): Promise<void> {
  const next = random(seed);
  const scale = 2 ** -6 * (0.5 + next());
  const output = 0.04 * (0.75 + 0.5 * next());
  const epsilon = seed % 5 === 0 ? 0.1 : 1e-5;
  const count = gains.reduce((product, size) => product * size, 1);
  const gamma = Array.from({ length: count }, () => 2 * next() - 0.5);
  const beta = Array.from({ length: count }, () => next() - 0.5);
  const plain = seed % 4 === 0;
  const layers: Layer[] = [
    quantiser('qx', 'x', scale),
    layer('norm', kind, ['qx'], { ...attributes, epsilon }, plain ? {} : { gamma: floats(gamma, gains), beta: floats(beta, gains) }),
    quantiser('y', 'norm', output),
  ];
  const normal = normals(x, length, epsilon, scale);
  const found = await integersOf({ x }, layers);
  expect(found.type.shape).toEqual(x.type.shape);
  const gain = (position: number): number => (plain ? 1 : gamma[channel(position)]!);
  const shift = (position: number): number => (plain ? 0 : beta[channel(position)]!);
  const real = (position: number): number => (normal(position) * gain(position)) / output + shift(position) / output;
  compare(accuracy, found, real, byte, (position) => output / Math.abs(gain(position)));
}

const shaped = ({ data }: Tensor, shape: Shape): Tensor => tensor({ dtype: 'i8', shape }, data);

test('LayerNorm and GroupNorm are the real ones rounded, but within 1e-7 of a tie', { timeout: 600_000 }, async () => {
  for (const { x, seed } of rowBlocks([192, 64, 2, 784, 36, 704, 11264, 1])) {
    const [rows = 0, length = 0] = x.type.shape;
    await trial(seed, x, 'layer-norm', { axes: 1 }, length, [length], (position) => position % length);
    if (length % 4 !== 0) continue;
    const square = shaped(x, [1, rows, 2, length / 2]);
    await trial(seed + 1, square, 'layer-norm', { axes: 2 }, length, [2, length / 2], (position) => position % length);
    const image = shaped(x, [1, 2 * rows, length / 4, 2]);
    await trial(seed + 2, image, 'group-norm', { groups: rows }, length, [2 * rows], (position) => Math.floor(position / (length / 2)));
  }
  expectAsListed(accuracy, 'LayerNorm, GroupNorm');
  expect(accuracy.distance).toBeLessThan(1e-7);
});

test('GELU behind GroupNorm is that of the real norm, rounded once', async () => {
  const gelus = noOutputs();
  for (const { x, seed } of rowBlocks([64, 784])) {
    const [rows = 0, length = 0] = x.type.shape;
    const scale = 0.02;
    const output = 0.02 + 0.001 * (seed % 7);
    const found = await integersOf({ x: shaped(x, [1, rows, length]) }, [
      quantiser('qx', 'x', scale),
      layer('norm', 'group-norm', ['qx'], { groups: rows, epsilon: 1e-5 }),
      layer('gelu', 'unary', ['norm'], { function: 'gelu' }),
      quantiser('y', 'gelu', output),
    ]);
    const normal = normals(x, length, 1e-5, scale);
    compare(gelus, found, (position) => unaryFunctions['gelu']!.evaluate(normal(position)) / output);
  }
  expectAsListed(gelus, 'GELU, SiLU and others of raw sums');
});

test('rows that are too long for 32 bits are refused', async () => {
  const x = tensor({ dtype: 'i8', shape: [1, 16384] });
  const refused = integersOf({ x }, [quantiser('qx', 'x', 0.1), layer('norm', 'layer-norm', ['qx'], { axes: 1, epsilon: 0 })]);
  await expect(refused).rejects.toThrow('rows of 16384, where norms take at most 16383');
});

test('rows whose squares exceed 62 bits are refused with their epsilon', async () => {
  const x = tensor({ dtype: 'i8', shape: [1, 4096] });
  const refused = integersOf({ x }, [quantiser('qx', 'x', 1e-4), layer('norm', 'layer-norm', ['qx'], { axes: 1, epsilon: 1e4 })]);
  await expect(refused).rejects.toThrow(/layer norm.*an epsilon of 10000/s);
});

test('a norm of 16 bits is that of 8 bits where the values are the same', async () => {
  const small = Array.from({ length: 96 }, (_, index) => ((index * 37) % 251) - 125);
  const wide = { lo: -(2 ** 15), hi: 2 ** 15 - 1 };
  const norm = (limits: typeof byte): Layer[] => [
    quantiser('qx', 'x', 0.01, limits),
    layer('norm', 'layer-norm', ['qx'], { axes: 1, epsilon: 0 }),
    quantiser('y', 'norm', 0.02),
  ];
  const eight = await integersOf({ x: tensor({ dtype: 'i8', shape: [2, 48] }, small) }, norm(byte));
  const sixteen = await integersOf({ x: tensor({ dtype: 'i16', shape: [2, 48] }, small) }, norm(wide));
  expect(sixteen.data).toEqual(eight.data);
});
