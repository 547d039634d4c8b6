import * as z from 'zod';
import { type Shape, strides } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { type Move, moveCall, performMove, stretchOf } from '../move.ts';
import { within } from '../regions.ts';

export const sliceAttributes = z.object({
  axis: z.int().nonnegative(),
  start: z.int().nonnegative(),
  size: z.int().positive(),
  step: z.int().positive(),
});
type Slice = z.infer<typeof sliceAttributes>;

export const sliceShape = ({ axis, start, size, step }: Slice, shape: Shape): Shape => {
  const available = shape[axis] ?? 0;
  if (start + (size - 1) * step >= available)
    throw new RangeError(`a slice to ${start + (size - 1) * step} leaves an axis of ${available}`);
  return shape.map((length, at) => (at === axis ? size : length));
};

const move = (slice: Slice, shape: Shape): Move => {
  const sizes = sliceShape(slice, shape);
  const from = strides(shape);
  return {
    sizes,
    from: from.map((stride, axis) => (axis === slice.axis ? stride * slice.step : stride)),
    to: strides(sizes),
    fromOffset: slice.start * from[slice.axis]!,
    toOffset: 0,
  };
};

export const slice = defineOperator({
  name: 'slice',
  formula: 'y[..., i, ...] = x[..., start + i*step, ...] for i < size, along the axis',
  operands: ['input'],
  attributes: sliceAttributes,
  epilogue: true,
  result: (attributes, [x]) => ({ dtype: x.dtype, shape: sliceShape(attributes, x.shape) }),
  range: (_, [x]) => x.range,
  slice: (attributes, _operands, _result, input) =>
    input && input.axis !== attributes.axis ? { cut: input, operands: [input.axis], attributes } : undefined,
  /** A part of the operand, whether a part or all of it is wanted. */
  needs: ({ axis, start, size, step }, _operands, _, region) => ({
    operands: [region.with(axis, within({ start, size, step }, region[axis]!))],
  }),
  stretch: (attributes, [x]) => stretchOf(move(attributes, x.shape)),
  kernel: (attributes, [x]) => [moveCall(move(attributes, x.shape), 0, x.dtype, x.dtype)],
  evaluate(attributes, [x], y) {
    performMove(move(attributes, x.type.shape), x, y);
  },
});
