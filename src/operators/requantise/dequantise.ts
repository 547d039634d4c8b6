import * as z from 'zod';
import { f32 } from '../../numeric/rounding.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { elementwiseNeeds } from '../regions.ts';
import { channelOf, channelView, sliceElementwise } from './channels.ts';

/** The only floats of a Program: an output that no quantiser follows (docs/numbers.md, Final logits). */
export const dequantise = defineOperator({
  name: 'dequantise',
  formula: 'y = max(f32(f32(f32(acc) * s[c]) + b[c]), 0 where relu), the bias unrounded; c along the axis',
  operands: ['acc', 's', 'b'],
  attributes: z.object({ axis: z.int().nonnegative(), relu: z.boolean() }),
  epilogue: true,
  result(_, [acc, s, b]) {
    if (elements(s.shape) !== elements(b.shape)) throw new RangeError(`${elements(s.shape)} scales do not fit ${elements(b.shape)} biases`);
    return { dtype: 'f32', shape: acc.shape };
  },
  range: () => ({ low: -Infinity, high: Infinity }),
  slice(attributes, [acc, s], _, input) {
    const constant = { axis: attributes.axis, channels: elements(s.shape) };
    return sliceElementwise(attributes, acc.shape, input, ['tensor', constant, constant]);
  },
  needs: (attributes, operands, _, region) => elementwiseNeeds(attributes, region, operands, ['tensor', attributes, attributes]),
  kernel({ axis, relu }, [acc, s]) {
    const { outer, channels, inner } = channelView(acc.shape, axis, elements(s.shape));
    return [
      {
        function: `bw_dequantise_${acc.dtype}`,
        arguments: [
          { struct: 'bw_dequantise', fields: { outer, channels, inner, relu: relu ? 1 : 0 } },
          { operand: 0 },
          { operand: 1 },
          { operand: 2 },
          { result: true },
        ],
      },
    ];
  },
  evaluate({ axis, relu }, [acc, s, b], y) {
    const channel = channelOf(acc.type.shape, axis, s.data.length);
    for (let position = 0; position < y.data.length; position++) {
      const c = channel(position);
      const value = f32(f32(f32(acc.data[position]!) * s.data[c]!) + b.data[c]!);
      y.data[position] = relu ? Math.max(value, 0) : value;
    }
  },
});
