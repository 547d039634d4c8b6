import * as z from 'zod';
import { clamp, f32, roundHalfEven } from '../../numeric/rounding.ts';
import { dtypes, elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { elementwiseNeeds } from '../regions.ts';
import { channelOf, channelView, clampAttributes, clampedType, entry, sliceElementwise } from './channels.ts';

/** The integer bias of the float32 style, added to the accumulator. */
export const bias = defineOperator({
  name: 'bias',
  formula: 'y = acc + b[c], in 32 bits; c along the axis',
  operands: ['acc', 'b'],
  attributes: z.object({ axis: z.int().nonnegative() }),
  epilogue: true,
  result: (_, [acc]) => ({ dtype: 'i32', shape: acc.shape }),
  range(_, [acc, b]) {
    const biases = Array.from({ length: elements(b.type.shape) }, (_entry, c) => entry(b)(c));
    return { low: acc.range.low + Math.min(...biases), high: acc.range.high + Math.max(...biases) };
  },
  slice: (attributes, [acc, b], _, input) =>
    sliceElementwise(attributes, acc.shape, input, ['tensor', { axis: attributes.axis, channels: elements(b.shape) }]),
  needs: (attributes, operands, _, region) => elementwiseNeeds(attributes, region, operands, ['tensor', attributes]),
  kernel({ axis }, [acc, b]) {
    const { outer, channels, inner } = channelView(acc.shape, axis, elements(b.shape));
    return [
      {
        function: `bw_bias_${acc.dtype}`,
        arguments: [
          { struct: 'bw_channels', fields: { outer, channels, inner, lo: dtypes.i32.low, hi: dtypes.i32.high } },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ],
      },
    ];
  },
  evaluate({ axis }, [acc, b], y) {
    const channel = channelOf(acc.type.shape, axis, b.data.length);
    for (let position = 0; position < y.data.length; position++) y.data[position] = acc.data[position]! + b.data[channel(position)]!;
  },
});

/** What Gemmini's accumulator scaler computes: one float32 multiply. */
export const float32 = defineOperator({
  name: 'float32',
  formula: 'y = clamp(rne(f32(f32(acc) * m[c])), lo, hi); c along the axis',
  operands: ['acc', 'm'],
  attributes: z.object(clampAttributes),
  epilogue: true,
  result: (attributes, [acc]) => clampedType(attributes, acc.shape),
  range: ({ lo, hi }) => ({ low: lo, high: hi }),
  slice: (attributes, [acc, m], _, input) =>
    sliceElementwise(attributes, acc.shape, input, ['tensor', { axis: attributes.axis, channels: elements(m.shape) }]),
  kernel({ axis, lo, hi }, [acc, m], result) {
    const { outer, channels, inner } = channelView(acc.shape, axis, elements(m.shape));
    return [
      {
        function: `bw_float32_${acc.dtype}_${result.dtype}`,
        arguments: [
          { struct: 'bw_channels', fields: { outer, channels, inner, lo, hi } },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ],
      },
    ];
  },
  evaluate({ axis, lo, hi }, [acc, m], y) {
    const channel = channelOf(acc.type.shape, axis, m.data.length);
    for (let position = 0; position < y.data.length; position++) {
      y.data[position] = clamp(roundHalfEven(f32(f32(acc.data[position]!) * m.data[channel(position)]!)), lo, hi);
    }
  },
});
