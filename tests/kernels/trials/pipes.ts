import { dyadicConstants } from './requantisations.ts';
import { limits, pipe, weights } from './trial.ts';

/** Several calls in one step: parts, and stages that do not fall into parts. */
export const pipes = [
  pipe([
    {
      operator: 'convolution',
      operands: [{ dtype: 'u8', shape: [1, 3, 8, 8] }, weights([6, 3, 3, 3])],
      attributes: { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 },
    },
    { operator: 'dyadic', operands: dyadicConstants('i32', 6), attributes: { ...limits['i8']!, axis: 1 } },
    { operator: 'max-pool', operands: [], attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false } },
  ]),
  pipe([
    {
      operator: 'convolution',
      operands: [{ dtype: 'i8', shape: [1, 6, 8, 8] }, weights([12, 2, 3, 3])],
      attributes: { stride: [2, 2], padding: [1, 1, 1, 1], groups: 3 },
    },
    {
      operator: 'dyadic-sum',
      operands: [...dyadicConstants('i32', 12, 2), { dtype: 'u8', shape: [1, 12, 4, 4] }],
      attributes: { ...limits['u8']!, axis: 1 },
    },
    { operator: 'lookup', operands: [{ dtype: 'i16', shape: [256] }] },
    { operator: 'permute', operands: [], attributes: { axes: [0, 2, 3, 1] } },
    { operator: 'clamp', operands: [], attributes: { lo: -1000, hi: 20000 } },
  ]),
  pipe([
    { operator: 'linear', operands: [{ dtype: 'i16', shape: [1, 7, 16] }, weights([10, 16])] },
    { operator: 'dyadic', operands: dyadicConstants('i32', 10), attributes: { ...limits['u16']!, axis: 2 } },
    { operator: 'reshape', operands: [], attributes: { shape: [1, 70] } },
  ]),
  pipe([
    {
      operator: 'matmul',
      operands: [
        { dtype: 'i8', shape: [1, 3, 9, 16] },
        { dtype: 'i8', shape: [1, 3, 9, 16] },
      ],
      attributes: { transpose: true },
    },
    { operator: 'ivit-requantise', operands: [{ dtype: 'f64', shape: [1], fill: () => 0.002 }], attributes: { ...limits['i8']!, axis: 0 } },
    { operator: 'ivit-softmax', operands: [], attributes: { scale: 0.05, bits: 16 } },
  ]),
  pipe([
    {
      operator: 'window-sum',
      operands: [{ dtype: 'u8', shape: [1, 4, 6, 6] }],
      attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false },
    },
    {
      operator: 'dyadic-mean',
      operands: [{ dtype: 'i32', shape: [3, 3], fill: (index) => 1 + (index % 4) }],
      attributes: { M: 2 ** 30, E: 30, ...limits['u8']! },
    },
    { operator: 'upsample', operands: [], attributes: { factors: [2, 2] } },
    { operator: 'slice', operands: [], attributes: { axis: 3, start: 0, size: 3, step: 2 } },
  ]),
];
