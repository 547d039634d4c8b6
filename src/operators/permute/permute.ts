import * as z from 'zod';
import { type Shape, strides } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { type Move, moveCall, performMove, stretchOf } from '../move.ts';

const permuted = (axes: readonly number[], shape: Shape): Shape => axes.map((axis) => shape[axis]!);

export function permuteShape(axes: readonly number[], shape: Shape): Shape {
  const sorted = axes.toSorted((a, b) => a - b);
  if (sorted.length !== shape.length || sorted.some((axis, index) => axis !== index)) {
    throw new RangeError(`[${axes.join(', ')}] is no permutation of ${shape.length} axes`);
  }
  return permuted(axes, shape);
}

const move = (axes: readonly number[], shape: Shape): Move => ({
  sizes: permuted(axes, shape),
  from: permuted(axes, strides(shape)),
  to: strides(permuted(axes, shape)),
  fromOffset: 0,
  toOffset: 0,
});

export const permute = defineOperator({
  name: 'permute',
  formula: 'y[i_0, i_1, ...] = x[j], where axis k of y is axis axes[k] of x',
  operands: ['input'],
  attributes: z.object({ axes: z.array(z.int().nonnegative()) }),
  epilogue: true,
  result: ({ axes }, [x]) => ({ dtype: x.dtype, shape: permuteShape(axes, x.shape) }),
  range: (_, [x]) => x.range,
  rowSum: ({ axes }, [x]) => (axes.at(-1) === axes.length - 1 ? (x.rowSum ?? Infinity) : Infinity),
  needs: ({ axes }, [x], _, region) => ({ operands: [x.shape.map((_size, axis) => region[axes.indexOf(axis)]!)], attributes: { axes } }),
  stretch: ({ axes }, [x]) => stretchOf(move(axes, x.shape)),
  kernel: ({ axes }, [x]) => [moveCall(move(axes, x.shape), 0, x.dtype, x.dtype)],
  evaluate({ axes }, [x], y) {
    performMove(move(axes, x.type.shape), x, y);
  },
});
