import * as z from 'zod';
import { clamp, roundHalfEven } from '../../../numeric/rounding.ts';
import { elements } from '../../../numeric/tensor.ts';
import { defineOperator } from '../../../program/operator.ts';
import { elementwiseNeeds } from '../../regions.ts';
import { channelOf, channelView, checkChannels, clampAttributes, clampedType, sliceElementwise } from '../../requantise/channels.ts';
import { recovered } from '../dyadic.ts';

/** Below this, the product of an integer and a scale may be rounded to fewer than 24 bits. */
export const leastNormal = 2 ** -126;

/** QuantAct of large integers: the float32 between two modules holds 24 bits of them, so it does not always bring them back. */
export const rescale = defineOperator({
  name: 'ivit-rescale',
  formula:
    'y = clamp(rne(f64(rne(f32(f32(f32(x) * s[c]) / s[c])) * m[c])), lo, hi), m = M / 2^E with a signed 31-bit mantissa M; c along the axis',
  operands: ['x', 's', 'm'],
  attributes: z.object(clampAttributes),
  epilogue: true,
  result(attributes, [x, s, m]) {
    checkChannels([s, m].map(({ shape }) => elements(shape)));
    if (x.dtype !== 'i32' && x.dtype !== 'f32') throw new RangeError(`integers of ${x.dtype}, which are always brought back`);
    return clampedType(attributes, x.shape);
  },
  range({ lo, hi }, [, s]) {
    const subnormal = s.constant?.data.find((scale) => Math.abs(scale) < leastNormal);
    if (subnormal !== undefined) throw new RangeError(`a scale of ${subnormal}, which float32 holds with fewer than 24 bits`);
    return { low: lo, high: hi };
  },

  slice(attributes, [x, s], _, input) {
    const constants = { axis: attributes.axis, channels: elements(s.shape) };
    return sliceElementwise(attributes, x.shape, input, ['tensor', constants, constants]);
  },

  needs: (attributes, operands, _, region) => elementwiseNeeds(attributes, region, operands, ['tensor', attributes, attributes]),

  kernel({ axis, lo, hi }, [x, s], result) {
    const { outer, channels, inner } = channelView(x.shape, axis, elements(s.shape));
    return [
      {
        function: `bw_ivit_rescale_${x.dtype}_${result.dtype}`,
        arguments: [
          { struct: 'bw_channels', fields: { outer, channels, inner, lo, hi } },
          { operand: 0 },
          { operand: 1 },
          { operand: 2 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ axis, lo, hi }, [x, s, m], y) {
    const channel = channelOf(x.type.shape, axis, s.data.length);
    for (let position = 0; position < y.data.length; position++) {
      const c = channel(position);
      y.data[position] = clamp(roundHalfEven(recovered(x.data[position]!, s.data[c]!) * m.data[c]!), lo, hi);
    }
  },
});
