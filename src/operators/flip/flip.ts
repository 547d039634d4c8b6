import * as z from 'zod';
import { type Shape, strides } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { type Move, moveCall, performMove, stretchOf } from '../move.ts';

export const flipAttributes = z.object({ axes: z.array(z.int().nonnegative()).min(1) });
type Flip = z.infer<typeof flipAttributes>;

export function flipShape({ axes }: Flip, shape: Shape): Shape {
  if (new Set(axes).size !== axes.length || axes.some((axis) => axis >= shape.length)) {
    throw new RangeError(`[${axes.join(', ')}] are no axes of [${shape.join(', ')}]`);
  }
  return shape;
}

/** Read from the far end of each axis, with a stride below 0. */
function move({ axes }: Flip, shape: Shape): Move {
  const step = strides(shape);
  return {
    sizes: shape,
    from: step.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
    to: step,
    fromOffset: axes.reduce((sum, axis) => sum + (shape[axis]! - 1) * step[axis]!, 0),
    toOffset: 0,
  };
}

export const flip = defineOperator({
  name: 'flip',
  formula: 'y[..., i, ...] = x[..., size - 1 - i, ...] along each of the axes (torch.flip)',
  operands: ['input'],
  attributes: flipAttributes,
  epilogue: true,
  result: (attributes, [x]) => ({ dtype: x.dtype, shape: flipShape(attributes, x.shape) }),
  range: (_, [x]) => x.range,
  stretch: (attributes, [x]) => stretchOf(move(attributes, x.shape)),
  kernel: (attributes, [x]) => [moveCall(move(attributes, x.shape), 0, x.dtype, x.dtype)],
  evaluate(attributes, [x], y) {
    performMove(move(attributes, x.type.shape), x, y);
  },
});
