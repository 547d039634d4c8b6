import { describe, expect, test } from 'vitest';
import type { TensorType } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import { cutPipe, placeScratch, type Segment } from '../../src/program/pipe.ts';
import type { Call } from '../../src/program/program.ts';

const types = new Map<string, TensorType>([
  ['x', { dtype: 'u8', shape: [1, 6, 8, 8] }],
  ['skip', { dtype: 'i8', shape: [1, 12, 8, 8] }],
  ['dense', { dtype: 'i8', shape: [12, 6, 3, 3] }],
  ['grouped', { dtype: 'i8', shape: [12, 2, 3, 3] }],
  ['M', { dtype: 'i32', shape: [12] }],
  ['M2', { dtype: 'i64', shape: [12, 2] }],
  ['B', { dtype: 'i64', shape: [12] }],
  ['E', { dtype: 'u8', shape: [12] }],
]);
const convolution = (weights: string, groups: number): Call => ({
  operator: 'convolution',
  operands: ['x', weights],
  attributes: { stride: [1, 1], padding: [1, 1, 1, 1], groups },
});
const clamp = { lo: -128, hi: 127, axis: 1 };
const dyadic: Call = { operator: 'dyadic', operands: ['M', 'B', 'E'], attributes: clamp };
const add: Call = { operator: 'dyadic-sum', operands: ['M2', 'B', 'E', 'skip'], attributes: clamp };
const pool: Call = {
  operator: 'max-pool',
  operands: [],
  attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false },
};
const permute: Call = { operator: 'permute', operands: [], attributes: { axes: [0, 2, 3, 1] } };
const limit: Call = { operator: 'clamp', operands: [], attributes: { lo: 0, hi: 9 } };

const cut = (...stages: Call[]): Segment[] => cutPipe({ name: 'y', type: { dtype: 'i8', shape: [] }, stages }, types, operators);
const summary = (segments: readonly Segment[]) => segments.map(({ parts, calls }) => [parts, ...calls.map(({ operator }) => operator)]);

describe('a pipe', () => {
  test('is computed one output channel at a time, and only one is ever between its stages', () => {
    const segments = cut(convolution('dense', 1), dyadic, pool);
    expect(summary(segments)).toEqual([[12, 'convolution', 'dyadic', 'max-pool']]);
    expect(segments[0]!.calls.map(({ operands }) => operands.map(({ value, advance }) => [value, advance]))).toEqual([
      [
        ['x', 0],
        ['dense', 54],
      ],
      [
        [0, 0],
        ['M', 1],
        ['B', 1],
        ['E', 1],
      ],
      [[1, 0]],
    ]);
    expect(segments[0]!.calls.at(-1)!.result).toEqual({ value: 'y', type: { dtype: 'i8', shape: [1, 1, 4, 4] }, advance: 16 });
    expect(placeScratch(segments)).toMatchObject({ peak: 4 * 64 + 64 });
  });

  test('follows the groups of a convolution, in its input too', () => {
    const [segment] = cut(convolution('grouped', 3), add);
    expect(segment!.parts).toBe(3);
    expect(segment!.calls.map(({ operands }) => operands.map(({ advance }) => advance))).toEqual([
      [128, 72],
      [0, 8, 4, 4, 256],
    ]);
  });

  test('is whole where a stage does not fall into parts, and goes on in parts behind it', () => {
    const segments = cut(convolution('dense', 1), dyadic, permute, limit, limit);
    expect(summary(segments)).toEqual([
      [12, 'convolution', 'dyadic'],
      [1, 'permute'],
      [8, 'clamp', 'clamp'],
    ]);
    const whole = 12 * 64;
    expect(placeScratch(segments).peak).toBe(whole + whole);
  });

  test('of one call is not cut', () => {
    expect(summary(cut(convolution('dense', 1)))).toEqual([[1, 'convolution']]);
    expect(placeScratch(cut(convolution('dense', 1))).peak).toBe(0);
  });
});
