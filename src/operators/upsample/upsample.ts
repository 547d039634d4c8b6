import * as z from 'zod';
import { elements, type Shape, strides } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { type Move, moveCall, performMove } from '../move.ts';
import { sliceChannels } from '../window.ts';

export const upsampleAttributes = z.object({ factors: z.array(z.int().positive()) });

export const upsampleShape = (factors: readonly number[], shape: Shape): Shape => {
  const first = shape.length - factors.length;
  if (first < 2) throw new RangeError(`${factors.length} factors do not fit [${shape.join(', ')}]`);
  return shape.map((size, axis) => size * (factors[axis - first] ?? 1));
};

/** Each enlarged axis becomes two: the source's own, and one of stride 0 that repeats. */
const move = (factors: readonly number[], shape: Shape): Move => {
  const first = shape.length - factors.length;
  const from = strides(shape);
  const to = strides(upsampleShape(factors, shape));
  const head = elements(shape.slice(0, first));
  const axes = factors.flatMap((factor, at) => {
    const axis = first + at;
    return [
      { size: shape[axis]!, from: from[axis]!, to: to[axis]! * factor },
      { size: factor, from: 0, to: to[axis]! },
    ];
  });
  const all = [{ size: head, from: from[first - 1]!, to: to[first - 1]! }, ...axes];
  return { sizes: all.map(({ size }) => size), from: all.map((a) => a.from), to: all.map((a) => a.to), fromOffset: 0, toOffset: 0 };
};

export const upsample = defineOperator({
  name: 'upsample',
  formula: 'y[n,c,i,j] = x[n, c, floor(i/f0), floor(j/f1)] (nearest)',
  operands: ['input'],
  attributes: upsampleAttributes,
  epilogue: true,
  result: ({ factors }, [x]) => ({ dtype: x.dtype, shape: upsampleShape(factors, x.shape) }),
  range: (_, [x]) => x.range,
  slice: (attributes, [x], _result, input) => sliceChannels(attributes, x, input),
  kernel: ({ factors }, [x]) => [moveCall(move(factors, x.shape), 0, x.dtype, x.dtype)],
  evaluate({ factors }, [x], y) {
    performMove(move(factors, x.type.shape), x, y);
  },
});
