import * as z from 'zod';
import { elements } from '../../../numeric/tensor.ts';
import { defineOperator } from '../../../program/operator.ts';
import { elementwiseNeeds } from '../../regions.ts';
import { channelOf, channelView, sliceElementwise } from '../../requantise/channels.ts';
import { recovered } from '../dyadic.ts';

/** What a QuantAct sees of large integers: the float32 between two modules holds 24 bits of them. */
export const recover = defineOperator({
  name: 'ivit-recover',
  formula: 'y = rne(f32(f32(f32(x) * s[c]) / s[c])); c along the axis; an integer in f32',
  operands: ['x', 's'],
  attributes: z.object({ axis: z.int().nonnegative() }),
  epilogue: true,
  result(_, [x]) {
    if (x.dtype !== 'i32' && x.dtype !== 'f32') throw new RangeError(`integers of ${x.dtype}, which are always recovered`);
    return { dtype: 'f32', shape: x.shape };
  },
  range: () => ({ low: -Infinity, high: Infinity }),
  slice: (attributes, [x, s], _, input) =>
    sliceElementwise(attributes, x.shape, input, ['tensor', { axis: attributes.axis, channels: elements(s.shape) }]),

  needs: (attributes, operands, _, region) => elementwiseNeeds(attributes, region, operands, ['tensor', attributes]),

  kernel({ axis }, [x, s]) {
    const { outer, channels, inner } = channelView(x.shape, axis, elements(s.shape));
    return [
      {
        function: `bw_ivit_recover_${x.dtype}`,
        arguments: [
          { struct: 'bw_channels', fields: { outer, channels, inner, lo: 0, hi: 0 } },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ axis }, [x, s], y) {
    const channel = channelOf(x.type.shape, axis, s.data.length);
    for (let position = 0; position < y.data.length; position++) {
      y.data[position] = recovered(x.data[position]!, s.data[channel(position)]!);
    }
  },
});
