import { describe, expect, test } from 'vitest';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Layer } from '../../src/network/network.ts';
import { elements, forEachIndex, type Shape, type Tensor } from '../../src/numeric/tensor.ts';
import { integers, layer, network, random } from '../networks.ts';
import { compare, integersOf, noOutputs, quantiser } from './accuracy.ts';

const [s, t, output] = [0.031, 0.017, 0.4];

/** Between two quantised inputs and a quantiser, on random and extreme integers: `exact` is the sum of products of an output, in steps of s * t. */
async function prove(
  left: Shape,
  right: Shape,
  layers: readonly Layer[],
  exact: (a: ArrayLike<number>, b: ArrayLike<number>, position: number) => number,
): Promise<void> {
  const next = random(elements(left) + elements(right));
  const fills: readonly [low: number, high: number][] = [
    [-128, 127],
    [-128, -128],
    [127, 127],
  ];
  for (const [low, high] of fills) {
    const a = integers(next, 'i8', left, low, high);
    const b = integers(next, 'i8', right, low, high);
    const found = await integersOf({ a, b }, [quantiser('qa', 'a', s), quantiser('qb', 'b', t), ...layers, quantiser('y', 'last', output)]);
    const accuracy = noOutputs();
    compare(accuracy, found, (position) => (exact(a.data, b.data, position) * s * t) / output);
    expect(accuracy).toEqual({ ...noOutputs(), count: found.data.length });
  }
}

/** The sum of products of a matrix element, `from` and `to` being where its row and its column begin. */
const sum = (a: ArrayLike<number>, b: ArrayLike<number>, depth: number, row: number, column: number, along: number): number =>
  Array.from({ length: depth }, (_, k) => a[row + k]! * b[column + k * along]!).reduce((total, product) => total + product, 0);

const matmul = layer('last', 'matmul', ['qa', 'qb']);

describe('the product of two activations', () => {
  test('is that of each pair of matrices', () =>
    prove([1, 3, 5, 16], [1, 3, 16, 7], [matmul], (a, b, position) => {
      const [matrix, row, column] = [Math.floor(position / 35), Math.floor(position / 7), position % 7];
      return sum(a, b, 16, row * 16, matrix * 16 * 7 + column, 7);
    }));

  test('is that of every row with the only matrix of the right', async () => {
    for (const right of [
      [16, 7],
      [1, 16, 7],
    ]) {
      await prove([2, 3, 5, 16], right, [matmul], (a, b, position) => sum(a, b, 16, Math.floor(position / 7) * 16, position % 7, 7));
    }
  });

  test('takes a right operand of transposed matrices as it lies in memory', async () => {
    const turned = [layer('turned', 'permute', ['qb'], { axes: [0, 2, 1] }), layer('last', 'matmul', ['qa', 'turned'])];
    await prove([3, 5, 16], [3, 7, 16], turned, (a, b, position) => {
      const [matrix, row, column] = [Math.floor(position / 35), Math.floor(position / 7), position % 7];
      return sum(a, b, 16, row * 16, (matrix * 7 + column) * 16, 1);
    });
    const layers = [quantiser('qa', 'a', s), quantiser('qb', 'b', t), ...turned, quantiser('y', 'last', output)];
    const { steps } = lower(network({ a: [3, 5, 16], b: [3, 7, 16] }, layers, ['y']), { style: dyadic });
    expect(steps.flatMap(({ stages }) => stages.map(({ operator }) => operator))).toEqual(['matmul', 'dyadic']);
  });

  test('multiplies what is wider than 16 bits only where sums of rows are bounded', () => {
    const wide = [quantiser('qa', 'a', s), layer('square', 'matmul', ['qa', 'qa']), layer('last', 'matmul', ['square', 'qa'])];
    expect(() => lower(network({ a: [4, 4] }, wide, ['last']), { style: dyadic })).toThrow(
      /layer last: found values that nothing has rounded/,
    );
  });

  test('refuses matrices that do not fit', () => {
    const layers = [quantiser('qa', 'a', s), quantiser('qb', 'b', t), matmul];
    expect(() => lower(network({ a: [2, 4, 8], b: [3, 8, 4] }, layers, ['last']), { style: dyadic })).toThrow(
      'matrices [2, 4, 8] and [3, 8, 4] do not multiply',
    );
  });
});

describe('a product with a number of the model', () => {
  test.each([1 / Math.sqrt(24), -0.3])('%f changes only what the integers mean', (factor) =>
    prove(
      [4, 24],
      [24, 3],
      [layer('product', 'matmul', ['qa', 'qb']), layer('last', 'scalar-multiply', ['product'], { factor })],
      (a, b, position) => {
        return sum(a, b, 24, Math.floor(position / 3) * 24, position % 3, 3) * factor;
      },
    ),
  );

  test('in front of a max-pool or behind it, negative, is rounded before the order matters', async () => {
    const pool = { kernel: [2], stride: [2], padding: [0, 0], ceil: false };
    const x = integers(random(1), 'i8', [1, 2, 12], -128, 127);
    const greatest = (position: number): readonly [number, number] => [x.data[2 * position]!, x.data[2 * position + 1]!];
    const scaleFirst = [layer('scaled', 'scalar-multiply', ['qx'], { factor: -0.5 }), layer('last', 'max-pool', ['scaled'], pool)];
    const before = await integersOf({ x }, [quantiser('qx', 'x', 0.5), ...scaleFirst, quantiser('y', 'last', 0.25)]);
    expect(Array.from(before.data)).toEqual(Array.from(before.data, (_, position) => Math.min(127, -Math.min(...greatest(position)))));
    const poolFirst = [layer('pooled', 'max-pool', ['qx'], pool), layer('last', 'scalar-multiply', ['pooled'], { factor: -0.5 })];
    const behind = await integersOf({ x }, [quantiser('qx', 'x', 0.5), ...poolFirst, quantiser('y', 'last', 0.25)]);
    expect(Array.from(behind.data)).toEqual(Array.from(behind.data, (_, position) => Math.min(127, -Math.max(...greatest(position)))));
  });
});

describe('the product of two activations, element by element', () => {
  const multiply = layer('last', 'multiply', ['qa', 'qb']);
  const swapped = layer('last', 'multiply', ['qb', 'qa']);

  /** The position in the tensor of shape `to` that stands for an index in one of shape `from`. */
  function positions(from: Shape, to: Shape): number[] {
    const places: number[] = [];
    forEachIndex(from, (index) => {
      const own = to.map((size, axis) => (size === 1 ? 0 : index[axis + from.length - to.length]!));
      places.push(own.reduce((place, at, axis) => place * to[axis]! + at, 0));
    });
    return places;
  }

  test.each<{ left: Shape; right: Shape }>([
    { left: [2, 3, 4, 5], right: [2, 3, 4, 5] },
    { left: [2, 3, 4, 5], right: [4, 5] },
    { left: [2, 3, 4, 5], right: [1, 1, 1, 5] },
    { left: [2, 3, 4, 5], right: [2, 3, 1, 1] },
    { left: [2, 3, 4, 5], right: [2, 1, 1, 5] },
    { left: [2, 3, 4, 5], right: [1] },
  ])('of $left and $right, in either order', async ({ left, right }) => {
    const places = positions(left, right);
    for (const last of [multiply, swapped]) await prove(left, right, [last], (a, b, position) => a[position]! * b[places[position]!]!);
  });

  test('is refused where the smaller repeats in two places, or does not fit', () => {
    const layers = [quantiser('qa', 'a', s), quantiser('qb', 'b', t), multiply];
    const refused = (b: Shape) => () => lower(network({ a: [2, 3, 4], b }, layers, ['last']), { style: dyadic });
    expect(refused([1, 3, 1])).toThrow('tensors [2, 3, 4] and [1, 3, 1] do not multiply element by element');
    expect(refused([3])).toThrow('tensors [2, 3, 4] and [3] do not multiply element by element');
  });

  test('of one tensor with itself is its square', async () => {
    const x: Tensor = integers(random(2), 'i8', [50], -128, 127);
    const found = await integersOf({ x }, [
      quantiser('qx', 'x', 0.5),
      layer('last', 'multiply', ['qx', 'qx']),
      quantiser('y', 'last', 0.25, { lo: 0, hi: 65535 }),
    ]);
    expect(Array.from(found.data)).toEqual(Array.from(x.data, (value) => value ** 2));
  });
});
