import * as z from 'zod';
import { elements, type Shape, strides } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { denseMove, moveCall, performMove } from '../move.ts';

const border = z.array(z.int().nonnegative());
export const padAttributes = z.object({ before: border, after: border });
type Pad = z.infer<typeof padAttributes>;

export const padShape = ({ before, after }: Pad, shape: Shape): Shape => {
  if (before.length !== shape.length || after.length !== shape.length) {
    throw new RangeError(`a border for ${before.length} axes does not fit [${shape.join(', ')}]`);
  }
  return shape.map((size, axis) => before[axis]! + size + after[axis]!);
};

const move = (attributes: Pad, shape: Shape) => {
  const padded = padShape(attributes, shape);
  const offset = strides(padded).reduce((sum, stride, axis) => sum + stride * attributes.before[axis]!, 0);
  return denseMove(shape, padded, offset);
};

export const pad = defineOperator({
  name: 'pad',
  formula: 'y is 0 but for y[i + before] = x[i]',
  operands: ['input'],
  attributes: padAttributes,
  epilogue: true,
  result: (attributes, [x]) => ({ dtype: x.dtype, shape: padShape(attributes, x.shape) }),
  range: (_, [x]) => ({ low: Math.min(0, x.range.low), high: Math.max(0, x.range.high) }),
  slice: (attributes, _operands, _result, input) =>
    input && attributes.before[input.axis] === 0 && attributes.after[input.axis] === 0
      ? { cut: input, operands: [input.axis], attributes }
      : undefined,
  kernel: (attributes, [x], result) => [
    { function: `bw_zero_${x.dtype}`, arguments: [{ name: 'count', int: elements(result.shape) }, { result: true }] },
    moveCall(move(attributes, x.shape), 0, x.dtype, x.dtype),
  ],
  evaluate(attributes, [x], y) {
    y.data.fill(0);
    performMove(move(attributes, x.type.shape), x, y);
  },
});
