import { describe, expect, test } from 'vitest';
import { along, elements, type Shape, tensor } from '../../src/numeric/tensor.ts';
import { integers, layer, random } from '../networks.ts';
import { floats, integersOf, quantiser } from './accuracy.ts';

const next = random(6);
const shape: Shape = [2, 3, 4, 5];

describe.each([0, 1, 2, 3])('along axis %i', (axis) => {
  const { size, inner } = along(shape, axis);
  const count = 3;
  const x = integers(next, 'i8', shape, -128, 127);
  const made = async (kind: string, attributes: { readonly [name: string]: number | number[] }) =>
    integersOf({ x }, [quantiser('qx', 'x', 1), layer('y', kind, ['qx'], attributes)]);
  const expected = (length: number, from: (i: number) => number): number[] =>
    Array.from({ length: (elements(shape) / size) * length }, (_, position) => {
      const [block, i, rest] = [Math.floor(position / (length * inner)), Math.floor(position / inner) % length, position % inner];
      return x.data[(block * size + from(i)) * inner + rest]!;
    });

  test('repeat gives each element several times', async () => {
    const { type, data } = await made('repeat', { axis, count });
    expect(type.shape).toEqual(shape.with(axis, size * count));
    expect(Array.from(data)).toEqual(expected(size * count, (i) => Math.floor(i / count)));
  });

  test('tile gives all elements several times', async () => {
    const { type, data } = await made('tile', { axis, count });
    expect(type.shape).toEqual(shape.with(axis, size * count));
    expect(Array.from(data)).toEqual(expected(size * count, (i) => i % size));
  });

  test('flip turns them round', async () => {
    const { data } = await made('flip', { axes: [axis] });
    expect(Array.from(data)).toEqual(expected(size, (i) => size - 1 - i));
  });
});

test('what no quantiser has rounded is repeated afterwards: its channels keep their own scales', async () => {
  const x = integers(next, 'i8', [1, 6, 4], -128, 127);
  const constants = { weights: integers(next, 'i8', [3, 4], -127, 127), scales: floats([0.01, 0.02, 0.03]), bias: floats([1, -1, 0.5]) };
  const linear = [quantiser('qx', 'x', 0.1), layer('fc', 'linear', ['qx'], {}, constants)];
  const plain = await integersOf({ x }, [...linear, quantiser('y', 'fc', 0.5)]);
  const tiled = await integersOf({ x }, [...linear, layer('more', 'tile', ['fc'], { axis: 2, count: 2 }), quantiser('y', 'more', 0.5)]);
  const rows = Array.from({ length: 6 }, (_, row) => Array.from(plain.data.subarray(3 * row, 3 * row + 3)));
  expect(tiled).toEqual(tensor({ dtype: 'i8', shape: [1, 6, 6] }, Int8Array.from(rows.flatMap((row) => [...row, ...row]))));
});

test('an axis that is not there is refused', async () => {
  const x = integers(next, 'i8', [2, 3], 0, 1);
  await expect(integersOf({ x }, [quantiser('qx', 'x', 1), layer('y', 'tile', ['qx'], { axis: 2, count: 2 })])).rejects.toThrow(
    /axis 2 is none of \[2, 3\]/,
  );
});
