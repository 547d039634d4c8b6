import { describe, expect, test } from 'vitest';
import { type Dtype, tensor } from '../../src/numeric/tensor.ts';
import { compareTensors, extremes, indexOf } from '../../src/verify/compare.ts';
import { accuracyOf } from '../../src/verify/evaluate.ts';
import { splitSamples } from '../../src/verify/samples.ts';
import { topK } from '../../src/verify/top.ts';

const of = (dtype: Dtype, shape: readonly number[], data: readonly number[]) => tensor({ dtype, shape }, data);

describe('compareTensors', () => {
  test('counts differing elements and finds the first in row-major order', () => {
    const found = of('i8', [2, 3], [1, 2, 3, 4, -128, 6]);
    const expected = of('i8', [2, 3], [1, 2, 3, 4, 127, 7]);
    expect(compareTensors(found, expected)).toEqual({
      elements: 6,
      mismatches: 2,
      maxDifference: 255,
      first: { index: [1, 1], found: -128, expected: 127 },
    });
  });

  test('compares floats bit for bit: a NaN equals a NaN, and -0 is not 0', () => {
    const found = of('f32', [3], [Number.NaN, -0, 1]);
    expect(compareTensors(found, of('f32', [3], [Number.NaN, 0, 1]))).toMatchObject({
      mismatches: 1,
      maxDifference: 0,
      first: { index: [1] },
    });
    expect(compareTensors(found, of('f32', [3], [2, -0, 1]))).toMatchObject({ mismatches: 1, maxDifference: Infinity });
  });

  test('gives the index along every axis', () => {
    expect(indexOf(23, of('u8', [2, 3, 4], new Array(24).fill(0)))).toEqual([1, 2, 3]);
    expect(extremes(of('i8', [3], [4, -5, 0]))).toEqual({ min: -5, max: 4 });
  });
});

describe('topK', () => {
  test('ranks the largest first, and of equal ones the first', () => {
    expect(topK(Int8Array.of(3, 9, -1, 9), 3)).toEqual([
      { index: 1, value: 9 },
      { index: 3, value: 9 },
      { index: 0, value: 3 },
    ]);
    expect(topK(Int8Array.of(3), 5)).toHaveLength(1);
  });
});

describe('accuracyOf', () => {
  test('counts what is classified as the label says, and as the framework did', () => {
    const outputs = [of('f32', [1, 3], [0.1, 0.9, 0.2]), of('f32', [1, 3], [0.5, 0.2, 0.1])];
    expect(accuracyOf(outputs, [1, 2], [1, 0])).toEqual({
      samples: 2,
      top1: 1,
      top5: 2,
      same: 2,
      wrong: [{ sample: 1, label: 2, predicted: 0 }],
    });
  });
});

describe('splitSamples', () => {
  const shapes = new Map([['x', [1, 1, 2, 2]]]);
  const given = (array: ReturnType<typeof of>) => [{ where: 'x.npy', array }];

  test('divides in float32, as PyTorch does', () => {
    const [sample] = splitSamples(shapes, given(of('u8', [1, 2, 2], [1, 100, 200, 255])), 255);
    expect([...sample!.get('x')!.data]).toEqual([1, 100, 200, 255].map((value) => Math.fround(value / 255)));
    expect(sample!.get('x')!.type).toEqual({ dtype: 'f32', shape: [1, 1, 2, 2] });
  });

  test('rounds doubles to float32', () => {
    const [, second] = splitSamples(shapes, given(of('f64', [2, 1, 2, 2], [0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4])));
    expect([...second!.get('x')!.data]).toEqual([0.1, 0.2, 0.3, 0.4].map(Math.fround));
  });

  test('refuses a single sample without its axis', () => {
    expect(() => splitSamples(shapes, given(of('f32', [2, 2], [1, 2, 3, 4])))).toThrow(/x\.npy: found an array f32\[2,2\]/);
  });

  test('refuses inputs with different numbers of samples', () => {
    const two = new Map([
      ['a', [1, 2]],
      ['b', [1, 2]],
    ]);
    const arrays = [
      { where: 'a.npy', array: of('f32', [2, 2], [1, 2, 3, 4]) },
      { where: 'b.npy', array: of('f32', [1, 2], [1, 2]) },
    ];
    expect(() => splitSamples(two, arrays)).toThrow(/b\.npy: found 1 samples, expected 2, as in a\.npy/);
  });
});
