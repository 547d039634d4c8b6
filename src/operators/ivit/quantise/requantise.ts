import * as z from 'zod';
import { clamp, roundHalfEven } from '../../../numeric/rounding.ts';
import { elements } from '../../../numeric/tensor.ts';
import { defineOperator } from '../../../program/operator.ts';
import { elementwiseNeeds } from '../../regions.ts';
import { channelOf, channelView, clampAttributes, clampedType, sliceElementwise } from '../../requantise/channels.ts';

/** QuantAct of quantised values: the product with a 31-bit mantissa, rounded to 53 bits, as a double has it (docs/ivit.md). */
export const requantise = defineOperator({
  name: 'ivit-requantise',
  formula: 'y = clamp(rne(f64(x * m[c])), lo, hi), m = M / 2^E with a signed 31-bit mantissa M; c along the axis',
  operands: ['x', 'm'],
  attributes: z.object(clampAttributes),
  epilogue: true,
  result: (attributes, [x]) => clampedType(attributes, x.shape),
  range: ({ lo, hi }) => ({ low: lo, high: hi }),
  slice: (attributes, [x, m], _, input) =>
    sliceElementwise(attributes, x.shape, input, ['tensor', { axis: attributes.axis, channels: elements(m.shape) }]),

  needs: (attributes, operands, _, region) => elementwiseNeeds(attributes, region, operands, ['tensor', attributes]),

  kernel({ axis, lo, hi }, [x, m], result) {
    const { outer, channels, inner } = channelView(x.shape, axis, elements(m.shape));
    return [
      {
        function: `bw_ivit_requantise_${x.dtype}_${result.dtype}`,
        arguments: [
          { struct: 'bw_channels', fields: { outer, channels, inner, lo, hi } },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ axis, lo, hi }, [x, m], y) {
    const channel = channelOf(x.type.shape, axis, m.data.length);
    for (let position = 0; position < y.data.length; position++) {
      y.data[position] = clamp(roundHalfEven(x.data[position]! * m.data[channel(position)]!), lo, hi);
    }
  },
});
