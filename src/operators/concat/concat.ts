import * as z from 'zod';
import { along, narrowest, type Shape, type TensorType } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { denseMove, moveCall, performMove } from '../move.ts';

export const concatShape = (axis: number, shapes: readonly Shape[]): Shape => {
  const [first = []] = shapes;
  const fits = shapes.every((shape) => shape.length === first.length && shape.every((size, at) => at === axis || size === first[at]));
  if (!fits || axis >= first.length) {
    throw new RangeError(
      `tensors of shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')} do not join along axis ${axis}`,
    );
  }
  return first.map((size, at) => (at === axis ? shapes.reduce((sum, shape) => sum + shape[axis]!, 0) : size));
};

/** The elements before each operand's block in the result. */
const offsets = (axis: number, types: readonly TensorType[]): number[] => {
  let sum = 0;
  return types.map(({ shape }) => {
    const { size, inner } = along(shape, axis);
    const offset = sum;
    sum += size * inner;
    return offset;
  });
};

/** The narrowest type that holds every operand's values: an i8 and a u8 give an i16. */
function commonDtype(types: readonly TensorType[]): TensorType['dtype'] {
  const bits = { i8: [-128, 127], u8: [0, 255], i16: [-32768, 32767], u16: [0, 65535], i32: [-(2 ** 31), 2 ** 31 - 1] } as const;
  const ranges = types.map(({ dtype }) => {
    if (!(dtype in bits)) throw new RangeError(`${dtype} tensors do not join`);
    return bits[dtype as keyof typeof bits];
  });
  const joined = narrowest(Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high)));
  if (joined === undefined) throw new RangeError('no integer type holds all operands');
  return joined;
}

export const concat = defineOperator({
  name: 'concat',
  formula: 'the operands one behind the other along the axis',
  operands: ['first', 'others...'],
  attributes: z.object({ axis: z.int().nonnegative() }),
  epilogue: false,
  result: ({ axis }, operands) => ({
    dtype: commonDtype(operands),
    shape: concatShape(
      axis,
      operands.map(({ shape }) => shape),
    ),
  }),
  range: (_, operands) => ({
    low: Math.min(...operands.map(({ range }) => range.low)),
    high: Math.max(...operands.map(({ range }) => range.high)),
  }),
  kernel: ({ axis }, operands, result) =>
    offsets(axis, operands).map((offset, index) => {
      const { dtype, shape } = operands[index]!;
      return moveCall(denseMove(shape, result.shape, offset), index, dtype, result.dtype);
    }),
  evaluate({ axis }, operands, y) {
    const starts = offsets(
      axis,
      operands.map(({ type }) => type),
    );
    operands.forEach((x, index) => performMove(denseMove(x.type.shape, y.type.shape, starts[index]!), x, y));
  },
});
