import { afterAll, describe, expect, test } from 'vitest';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Layer } from '../../src/network/network.ts';
import { type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { integers, layer, network, random } from '../networks.ts';
import {
  type Accuracy,
  atMost,
  byte,
  compare,
  expectAsListed,
  integersOf,
  noOutputs,
  normalBytes,
  outputs,
  quantiser,
  report,
  rowBlocks,
  rowsOfBytes,
} from './accuracy.ts';

const unsigned = { lo: 0, hi: 255 };
const flats: string[] = [];
const [probabilities, realistic, adversarial, wide] = [noOutputs(), noOutputs(), noOutputs(), noOutputs()];
afterAll(() =>
  console.log(
    [
      report('softmax to 8 bits', probabilities),
      report('softmax and product, realistic rows', realistic),
      report('softmax and product, adversarial rows', adversarial),
      ...flats,
      report('softmax of sums, to 8 bits', wide),
    ].join('\n'),
  ),
);

/** The shares of one row of scores. */
function softmaxOf(scores: readonly number[]): number[] {
  const greatest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - greatest));
  const sum = exponentials.reduce((total, e) => total + e, 0);
  return exponentials.map((e) => e / sum);
}

const rowsOf = ({ type: { shape }, data }: Tensor, scale: number): number[][] =>
  Array.from({ length: shape[0]! }, (_, row) => Array.from(data.subarray(row * shape[1]!, (row + 1) * shape[1]!), (q) => q * scale));

describe('softmax', { timeout: 600_000 }, () => {
  test('to 8 bits is the real one rounded, but at ties', async () => {
    for (const { x, seed } of rowBlocks([197, 64, 1, 704, 16, 3])) {
      const next = random(seed);
      const scale = 0.2 * next() + 0.002;
      const share = seed % 2 === 0 ? 1 / 255 : (0.3 + 0.7 * next()) / 255;
      const found = await integersOf({ x }, [
        quantiser('qx', 'x', scale),
        layer('softmax', 'softmax', ['qx']),
        quantiser('y', 'softmax', share, unsigned),
      ]);
      const exact = rowsOf(x, scale).flatMap(softmaxOf);
      compare(probabilities, found, (position) => exact[position]! / share, unsigned);
    }
    expectAsListed(probabilities, 'softmax to 8 bits');
  });

  /** Attention's mixture of values, the probabilities not rounded to 8 bits. */
  const mixed = (x: Tensor, v: Tensor, scale: number, from: number, to: number): Promise<Tensor> =>
    integersOf({ x, v }, [
      quantiser('qx', 'x', scale),
      quantiser('qv', 'v', from),
      layer('softmax', 'softmax', ['qx']),
      layer('mixed', 'matmul', ['softmax', 'qv']),
      quantiser('y', 'mixed', to),
    ]);

  async function mixture(into: Accuracy, x: Tensor, v: Tensor, scale: number, [from, to]: readonly [number, number]): Promise<void> {
    const found = await mixed(x, v, scale, from, to);
    const [depth, columns] = v.type.shape as [number, number];
    const rows = rowsOf(x, scale).map(softmaxOf);
    compare(into, found, (position) => {
      const row = rows[Math.floor(position / columns)]!;
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += row[k]! * v.data[k * columns + (position % columns)]!;
      return (sum * from) / to;
    });
  }

  test('and the product with values, both normally distributed, is the real one rounded once, but next to ties', async () => {
    for (let seed = 1; realistic.count < outputs; seed++) {
      const next = random(seed);
      const length = [64, 197, 49, 704][seed % 4]!;
      const [x, v] = [normalBytes(next, [32, length], 40), normalBytes(next, [length, 32], 30)];
      const from = 0.02 * (0.5 + next());
      await mixture(realistic, x, v, 0.01 + 0.1 * next(), [from, from * (0.7 + 0.6 * next())]);
    }
    expectAsListed(realistic, 'softmax and product');
  });

  test('and the product with equal scales, of spread, narrow, flat, one-hot and two-valued rows in turn, differs next to ties only', async () => {
    for (let seed = 1; adversarial.count < outputs; seed++) {
      const length = [64, 197, 49, 704][seed % 4]!;
      const x = rowsOfBytes(26, length, seed);
      const v = rowsOfBytes(length, 32, seed + 1);
      await mixture(adversarial, x, v, [0.05, 0.7, 0.002][seed % 3]!, [0.02, 0.02]);
    }
    expectAsListed(adversarial, 'softmax and product, equal scales');
    expect(adversarial.distance).toBeLessThan(1e-3);
  });

  test('and the product with equal scales, of equal scores, differs at exact ties only, of which half go to the other side', async () => {
    for (const length of [6, 12, 50, 196, 400, 704]) {
      const next = random(length);
      const flat = noOutputs();
      const sums = new Float64Array(outputs / 20);
      const v = integers(next, 'i8', [length, sums.length], -128, 127);
      v.data.forEach((value, position) => {
        sums[position % sums.length]! += value;
      });
      const found = await mixed(tensor({ dtype: 'i8', shape: [1, length] }, new Int8Array(length).fill(5)), v, 0.05, 0.02, 0.02);
      compare(flat, found, (position) => sums[position]! / length);
      const ties = sums.filter((sum) => Math.abs(sum % length) === length / 2).length;
      expect(flat.largest).toBeLessThanOrEqual(1);
      expect(flat.distance).toBe(0);
      expect(flat.differ).toBeLessThanOrEqual(atMost(ties / 2));
      flats.push(report(`softmax and product, equal scores, ${length} of them`, flat));
    }
  });

  test('of sums that nothing has rounded, scaled, is the real one rounded', async () => {
    for (let seed = 1; wide.count < outputs; seed++) {
      const next = random(seed);
      const [tokens, depth] = [
        [64, 16],
        [7, 64],
        [197, 64],
      ][seed % 3] as [number, number];
      const extreme = seed % 5 === 0;
      const [q, k] = [0, 1].map(() => (extreme ? rowsOfBytes(tokens, depth, seed) : integers(next, 'i8', [tokens, depth], -127, 127))) as [
        Tensor,
        Tensor,
      ];
      const [s, t, factor] = [0.02 * (0.2 + next()), 0.02 * (0.2 + next()), 1 / Math.sqrt(depth)];
      const found = await integersOf({ q, k }, [
        quantiser('qq', 'q', s),
        quantiser('qk', 'k', t),
        layer('turned', 'permute', ['qk'], { axes: [1, 0] }),
        layer('scores', 'matmul', ['qq', 'turned']),
        layer('scaled', 'scalar-multiply', ['scores'], { factor }),
        layer('softmax', 'softmax', ['scaled']),
        quantiser('y', 'softmax', 1 / 255, unsigned),
      ]);
      const exact = Array.from({ length: tokens }, (_, row) =>
        softmaxOf(
          Array.from({ length: tokens }, (_entry, column) => {
            let sum = 0;
            for (let c = 0; c < depth; c++) sum += q.data[row * depth + c]! * k.data[column * depth + c]!;
            return sum * s * t * factor;
          }),
        ),
      ).flat();
      compare(wide, found, (position) => exact[position]! * 255, unsigned);
    }
    expectAsListed(wide, 'softmax of sums to 8 bits');
  });

  const attention = (shares: readonly Layer[]): Layer[] => [
    quantiser('qx', 'x', 0.05),
    layer('softmax', 'softmax', ['qx']),
    ...shares,
    quantiser('qv', 'v', 0.02),
    layer('mixed', 'matmul', [shares.at(-1)?.name ?? 'softmax', 'qv']),
    quantiser('y', 'mixed', 0.02),
  ];
  const calls = (layers: readonly Layer[]): string[] =>
    lower(network({ x: [4, 9], v: [9, 3] }, layers, ['y']), { style: dyadic }).steps.map(({ stages }) =>
      stages
        .map(({ operator, attributes }) => (attributes['hi'] === undefined ? operator : `${operator} to ${attributes['hi']}`))
        .join(' | '),
    );

  test('is made once, in the form that its reader asks for', () => {
    expect(calls(attention([]))).toEqual([`softmax to ${2 ** 23}`, 'matmul | dyadic to 127']);
    expect(calls(attention([quantiser('p', 'softmax', 1 / 255, unsigned)]))).toEqual(['softmax to 255', 'matmul | dyadic to 127']);
  });

  test('keeps what bounds its sums when its rows are moved', async () => {
    const [x, v] = [rowsOfBytes(12, 9, 3), rowsOfBytes(27, 4, 4)];
    const moved = [
      quantiser('qx', 'x', 0.05),
      quantiser('qv', 'v', 0.02),
      layer('rows', 'reshape', ['qx'], { shape: [1, 4, 3, 9] }),
      layer('softmax', 'softmax', ['rows']),
      layer('turned', 'permute', ['softmax'], { axes: [0, 2, 1, 3] }),
      layer('shares', 'reshape', ['turned'], { shape: [3, 4, 9] }),
      layer('values', 'reshape', ['qv'], { shape: [3, 9, 4] }),
      layer('mixed', 'matmul', ['shares', 'values']),
      quantiser('y', 'mixed', 0.02),
    ];
    const found = await integersOf({ x, v }, moved);
    const rows = rowsOf(x, 0.05).map(softmaxOf);
    const accuracy = noOutputs();
    compare(accuracy, found, (position) => {
      const [head, row, column] = [Math.floor(position / 16), Math.floor(position / 4) % 4, position % 4];
      return rows[row * 3 + head]!.reduce((sum, share, k) => sum + share * v.data[(head * 9 + k) * 4 + column]!, 0);
    });
    expect(accuracy).toMatchObject({ count: 48, differ: 0 });
  });

  test.each([byte, unsigned, { lo: 0, hi: 15 }, { lo: 0, hi: 65535 }, { lo: -32768, hi: 32767 }])(
    'has any quantiser behind it: $lo to $hi',
    async (limits) => {
      const x = rowsOfBytes(13, 40, 5);
      const scale = 1 / limits.hi;
      const found = await integersOf({ x }, [
        quantiser('qx', 'x', 0.03),
        layer('p', 'softmax', ['qx']),
        quantiser('y', 'p', scale, limits),
      ]);
      const accuracy = noOutputs();
      const exact = rowsOf(x, 0.03).flatMap(softmaxOf);
      compare(accuracy, found, (position) => exact[position]! / scale, limits);
      expect(accuracy.largest).toBeLessThanOrEqual(1);
      expect(accuracy.distance).toBeLessThan(1e-4);
      expect(accuracy.differ).toBeLessThanOrEqual(80); // two rows of equal scores may be ties
    },
  );

  test('of scores with an offset is refused', () => {
    const weights = tensor({ dtype: 'i8', shape: [2, 9] }, new Array<number>(18).fill(1));
    const scales = tensor({ dtype: 'f64', shape: [1] }, [0.1]);
    const bias = tensor({ dtype: 'f64', shape: [2] }, [0.1, 0.2]);
    const layers = [
      quantiser('qx', 'x', 0.05),
      layer('fc', 'linear', ['qx'], {}, { weights, scales, bias }),
      layer('p', 'softmax', ['fc']),
    ];
    expect(() => lower(network({ x: [4, 9] }, layers, ['p']), { style: dyadic })).toThrow(/layer p: found scores with an offset/);
  });
});
