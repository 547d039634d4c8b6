import * as z from 'zod';
import { clamp, divideRoundHalfEven } from '../../numeric/rounding.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { channelOf, channelView, checkChannels, clampAttributes, clampedType, entry, prove64, sliceElementwise } from './channels.ts';

/** One rounding of an accumulator and everything that is pending on it: scales, bias, BatchNorm, ReLU (docs/numbers.md, Requantisation). */
export const dyadic = defineOperator({
  name: 'dyadic',
  formula: 'y = clamp(rne((acc * M[c] + B[c]) / 2^E[c]), lo, hi), in 64 bits; c along the axis',
  operands: ['acc', 'M', 'B', 'E'],
  attributes: z.object(clampAttributes),
  epilogue: true,
  result(attributes, [acc, m, b, e]) {
    checkChannels([m, b, e].map(({ shape }) => elements(shape)));
    return clampedType(attributes, acc.shape);
  },

  range({ lo, hi }, [acc, m, b, e]) {
    const channels = elements(m.type.shape);
    for (let c = 0; c < channels; c++) {
      if (entry(e)(c) < 1 || entry(e)(c) > 62) throw new RangeError(`the exponent ${entry(e)(c)} of channel ${c} is not from 1 to 62`);
    }
    prove64([{ value: acc, multiplier: entry(m) }], channels, (c) => Math.abs(entry(b)(c)) + 2 ** (entry(e)(c) - 1));
    return { low: lo, high: hi };
  },

  slice(attributes, [acc, m, b, e], _, input) {
    const constants = [m, b, e].map(({ shape }) => ({ axis: attributes.axis, channels: elements(shape) }));
    return sliceElementwise(attributes, acc.shape, input, ['tensor', ...constants]);
  },

  kernel({ axis, lo, hi }, [acc, m], result) {
    const { outer, channels, inner } = channelView(acc.shape, axis, elements(m.shape));
    return [
      {
        function: `bw_dyadic_${acc.dtype}_${result.dtype}`,
        arguments: [
          { struct: 'bw_channels', fields: { outer, channels, inner, lo, hi } },
          { operand: 0 },
          { operand: 1 },
          { operand: 2 },
          { operand: 3 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ axis, lo, hi }, [acc, m, b, e], y) {
    const channel = channelOf(acc.type.shape, axis, m.data.length);
    for (let position = 0; position < y.data.length; position++) {
      const c = channel(position);
      const wide = BigInt(acc.data[position]!) * BigInt(m.data[c]!) + BigInt(b.data[c]!);
      y.data[position] = clamp(Number(divideRoundHalfEven(wide, 1n << BigInt(e.data[c]!))), lo, hi);
    }
  },
});
