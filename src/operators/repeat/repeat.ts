import * as z from 'zod';
import { along, type Shape } from '../../numeric/tensor.ts';
import { defineOperator, type Operator } from '../../program/operator.ts';
import { isWholeSpan, wholeSpan } from '../../program/regions.ts';
import { type Move, moveCall, performMove } from '../move.ts';

export const repeatAttributes = z.object({ axis: z.int().nonnegative(), count: z.int().positive() });
type Repeat = z.infer<typeof repeatAttributes>;

export function repeatShape({ axis, count }: Repeat, shape: Shape): Shape {
  if (axis >= shape.length) throw new RangeError(`axis ${axis} is none of [${shape.join(', ')}]`);
  return shape.with(axis, shape[axis]! * count);
}

/** The enlarged axis becomes two, one of them of stride 0 in the source. */
interface Axis {
  readonly size: number;
  readonly from: number;
}

const repeating = (name: string, formula: string, order: (own: Axis, repeated: Axis) => readonly Axis[]): Operator => {
  const move = ({ axis, count }: Repeat, shape: Shape): Move => {
    const { outer, size, inner } = along(shape, axis);
    const middle = order({ size, from: inner }, { size: count, from: 0 });
    return {
      sizes: [outer, ...middle.map((each) => each.size), inner],
      from: [size * inner, ...middle.map((each) => each.from), 1],
      to: [size * count * inner, middle[1]!.size * inner, inner, 1],
      fromOffset: 0,
      toOffset: 0,
    };
  };
  return defineOperator({
    name,
    formula,
    operands: ['input'],
    attributes: repeatAttributes,
    epilogue: true,
    result: (attributes, [x]) => ({ dtype: x.dtype, shape: repeatShape(attributes, x.shape) }),
    range: (_, [x]) => x.range,
    slice: (attributes, _operands, _result, input) =>
      input && input.axis !== attributes.axis ? { cut: input, operands: [input.axis], attributes } : undefined,
    needs: (attributes, [x], result, region) => {
      const { axis } = attributes;
      if (!isWholeSpan(region[axis]!, result.shape[axis]!)) return undefined;
      return { operands: [region.with(axis, wholeSpan(x.shape[axis]!))], attributes };
    },
    kernel: (attributes, [x]) => [moveCall(move(attributes, x.shape), 0, x.dtype, x.dtype)],
    evaluate(attributes, [x], y) {
      performMove(move(attributes, x.type.shape), x, y);
    },
  });
};

export const repeat = repeating(
  'repeat',
  'y[..., i, ...] = x[..., floor(i / count), ...] along the axis (torch.repeat_interleave)',
  (own, repeated) => [own, repeated],
);

export const tile = repeating('tile', 'y[..., i, ...] = x[..., i mod size, ...] along the axis (torch.tile)', (own, repeated) => [
  repeated,
  own,
]);
