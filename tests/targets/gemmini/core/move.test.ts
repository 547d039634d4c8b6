import { test } from 'vitest';
import type { Dtype } from '../../../../src/numeric/tensor.ts';
import { type Operand, proveSteps, type Trial } from './steps.ts';

const tensorOf = (dtype: Dtype, ...shape: number[]): Operand => ({ dtype, shape, limit: 2 ** 31 - 1 });
const sources = ['rocket/move.c'];

const permuted = (dtype: Dtype, shape: readonly number[], axes: readonly number[]): Trial => ({
  name: `${dtype} ${shape} by ${axes}`,
  stages: [{ operator: 'permute', operands: [tensorOf(dtype, ...shape)], attributes: { axes } }],
  sources,
});

test('copies and transpositions move every element to its place', { timeout: 120_000 }, () =>
  proveSteps('move', [
    ...(['i8', 'u8', 'i16', 'u16', 'i32'] as const).map((dtype) => permuted(dtype, [1, 37, 70], [0, 2, 1])),
    permuted('i16', [4, 4], [1, 0]),
    permuted('i16', [3, 130], [1, 0]),
    permuted('i8', [130, 3], [1, 0]),
    permuted('i8', [2, 9, 7, 64], [0, 2, 1, 3]),
    permuted('i8', [2, 9, 7, 64], [3, 1, 2, 0]),
    permuted('i8', [2, 9, 7, 6], [1, 3, 0, 2]),
    permuted('i8', [3, 5, 2, 11], [2, 0, 1, 3]),
    {
      name: 'every other row',
      stages: [{ operator: 'slice', operands: [tensorOf('i8', 4, 9, 40)], attributes: { axis: 1, start: 1, size: 4, step: 2 } }],
      sources,
    },
    {
      name: 'joined',
      stages: [{ operator: 'concat', operands: [tensorOf('i8', 3, 16), tensorOf('i8', 3, 100)], attributes: { axis: 1 } }],
      sources: [...sources],
    },
    {
      name: 'a shape behind a rounding',
      stages: [
        {
          operator: 'ivit-requantise',
          operands: [tensorOf('i16', 4, 9), { constant: 'f64', shape: [1], values: [0.25] }],
          attributes: { lo: -128, hi: 127, axis: 0 },
        },
        { operator: 'reshape', operands: [], attributes: { shape: [6, 6] } },
      ],
      sources: ['rocket/requantise.c'],
    },
  ]),
);
