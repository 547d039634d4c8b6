import * as z from 'zod';
import { clamp, roundHalfEven } from '../../../numeric/rounding.ts';
import { elements, type Shape, sameShape, type TensorType } from '../../../numeric/tensor.ts';
import { defineOperator } from '../../../program/operator.ts';
import { elementwiseNeeds } from '../../regions.ts';
import { channelOf, channelView, clampAttributes, clampedType, sliceElementwise } from '../../requantise/channels.ts';

/** A RangeError unless the identity has x's shape, but for leading axes of size 1: then it is added at each of their positions. */
export function checkIdentity(x: Shape, identity: Shape): void {
  const lead = identity.findIndex((size) => size !== 1);
  const repeats = identity.length === x.length && (lead < 0 || sameShape(identity.slice(lead), x.slice(lead)));
  if (!repeats) throw new RangeError(`tensors of shapes [${x.join(', ')}] and [${identity.join(', ')}] do not add`);
}

const channels = (m: TensorType): number => m.shape[0] ?? 1;

/** QuantAct with an identity: two products, each rounded, their sum limited once. */
export const residual = defineOperator({
  name: 'ivit-residual',
  formula:
    'y = clamp(rne(f64(x * m[c,0])) + rne(f64(identity * m[c,1])), lo, hi); the identity repeats along leading axes; c along the axis',
  operands: ['x', 'm', 'identity'],
  attributes: z.object(clampAttributes),
  epilogue: true,
  result(attributes, [x, m, identity]) {
    checkIdentity(x.shape, identity.shape);
    if (x.dtype === 'f32' || identity.dtype === 'f32') throw new RangeError('a sum of floats');
    if (m.shape.length !== 2 || m.shape[1] !== 2) throw new RangeError(`multipliers of [${m.shape.join(', ')}] instead of [channels, 2]`);
    return clampedType(attributes, x.shape);
  },
  range: ({ lo, hi }) => ({ low: lo, high: hi }),

  slice(attributes, [x, m, identity], _, input) {
    const slicing = sliceElementwise(attributes, x.shape, input, ['tensor', { axis: attributes.axis, channels: channels(m) }, 'tensor']);
    if (!slicing || sameShape(x.shape, identity.shape)) return slicing;
    const repeats = elements(identity.shape.slice(0, slicing.cut.axis + 1)) === 1;
    return repeats ? { ...slicing, operands: [slicing.cut.axis, slicing.operands[1]!, null] } : undefined;
  },

  needs: (attributes, operands, _, region) => elementwiseNeeds(attributes, region, operands, ['tensor', attributes, 'tensor']),

  kernel({ axis, lo, hi }, [x, m, identity], result) {
    const { outer, channels: count, inner } = channelView(x.shape, axis, channels(m));
    return [
      {
        function: `bw_ivit_residual_${result.dtype}`,
        arguments: [
          { struct: 'bw_ivit_residual', fields: { outer, channels: count, inner, period: elements(identity.shape), lo, hi } },
          { views: [0, 2] },
          { operand: 1 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ axis, lo, hi }, [x, m, identity], y) {
    const channel = channelOf(x.type.shape, axis, channels(m.type));
    for (let position = 0; position < y.data.length; position++) {
      const c = 2 * channel(position);
      const own = roundHalfEven(x.data[position]! * m.data[c]!);
      const other = roundHalfEven(identity.data[position % identity.data.length]! * m.data[c + 1]!);
      y.data[position] = clamp(own + other, lo, hi);
    }
  },
});
