import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Layer } from '../../src/network/network.ts';
import { tensor } from '../../src/numeric/tensor.ts';
import { quantiseInput } from '../../src/program/quantise.ts';
import { integers, layer, network, random } from '../networks.ts';
import { floats, integersOf, quantiser } from './accuracy.ts';

const next = random(4);
const table = (count: number, width: number) => ({ weights: integers(next, 'i8', [count, width], -128, 127), scales: floats([0.03]) });

describe('an embedding', () => {
  test.each([
    [100, 'i8'],
    [256, 'u8'],
    [1000, 'i16'],
    [40_000, 'u16'],
    [70_000, 'i32'],
  ] as const)('of %i rows is the rows of its indices, as %s', async (count, dtype) => {
    const tensors = table(count, 5);
    const x = integers(next, dtype, [2, 31], 0, count - 1);
    x.data.set([0, count - 1]);
    const found = await integersOf({ x }, [layer('rows', 'embedding', ['x'], {}, tensors)]);
    const expected = Array.from(x.data, (index) => Array.from(tensors.weights.data.subarray(index * 5, index * 5 + 5)));
    expect(found.type).toEqual({ dtype: 'i8', shape: [2, 31, 5] });
    expect(Array.from(found.data)).toEqual(expected.flat());
  });

  test('is quantised integers with its own scale for what follows', async () => {
    const tensors = table(10, 4);
    const x = integers(next, 'i8', [1, 20], 0, 9);
    const found = await integersOf({ x }, [layer('rows', 'embedding', ['x'], {}, tensors), quantiser('y', 'rows', 0.03)]);
    const first = tensors.weights.data.subarray(x.data[0]! * 4, x.data[0]! * 4 + 4);
    expect(Array.from(found.data.subarray(0, 4))).toEqual(Array.from(first));
  });

  test('reads whole numbers as they are', () => {
    const layers = [
      layer('moved', 'slice', ['x'], { axis: 1, start: 1, size: 3, step: 1 }),
      layer('rows', 'embedding', ['moved'], {}, table(300, 2)),
    ];
    const program = lower(network({ x: [1, 5] }, layers, ['rows']), { style: dyadic });
    const [input] = [...program.inputs.values()];
    expect(Array.from(quantiseInput(input!, Float32Array.of(0, 1, 299, 7, 128)).data)).toEqual([0, 1, 299, 7, 128]);
  });

  const refusal = (layers: readonly Layer[]): string => {
    try {
      lower(network({ x: [1, 5] }, layers, [layers.at(-1)!.name]), { style: dyadic });
    } catch (error) {
      if (error instanceof BadInput) return error.message;
      throw error;
    }
    return 'lowered';
  };

  test('refuses indices that are quantised or computed, and several scales', () => {
    expect(refusal([quantiser('qx', 'x', 1), layer('rows', 'embedding', ['qx'], {}, table(9, 2))])).toMatch(
      /^layer rows: found indices that the network computes/,
    );
    const many = { weights: tensor({ dtype: 'i8', shape: [9, 2] }), scales: floats(new Array<number>(9).fill(0.1)) };
    expect(refusal([layer('rows', 'embedding', ['x'], {}, many)])).toMatch(/^layer rows: found rows of \[9, 2\] with 9 scales/);
  });
});
