import * as z from 'zod';
import { type Shape, strides } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { type Move, moveCall, performMove } from '../move.ts';

const permuted = (axes: readonly number[], shape: Shape): Shape => axes.map((axis) => shape[axis]!);
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
  result({ axes }, [x]) {
    const sorted = axes.toSorted((a, b) => a - b);
    if (sorted.length !== x.shape.length || sorted.some((axis, index) => axis !== index)) {
      throw new RangeError(`[${axes.join(', ')}] is no permutation of ${x.shape.length} axes`);
    }
    return { dtype: x.dtype, shape: permuted(axes, x.shape) };
  },
  range: (_, [x]) => x.range,
  kernel: ({ axes }, [x]) => [moveCall(move(axes, x.shape), 0, x.dtype, x.dtype)],
  evaluate({ axes }, [x], y) {
    performMove(move(axes, x.type.shape), x, y);
  },
});
