import * as z from 'zod';
import { extent } from '../../numeric/extent.ts';
import { clamp, divideRoundHalfEven } from '../../numeric/rounding.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { clampedType, sliceElementwise } from './channels.ts';

/** The quantiser behind an average pool: one exact division, for 1/count folded into the multiplier would lose ties (docs/numbers.md, Average pools). */
export const dyadicMean = defineOperator({
  name: 'dyadic-mean',
  formula:
    'y = clamp(rne(sum * M / (count[p] * 2^E)), lo, hi), in 64 bits; count of one entry, or one for each position p of the last axes',
  operands: ['sum', 'counts'],
  attributes: z.object({ M: z.int32(), E: z.int().min(0).max(62), lo: z.int(), hi: z.int() }),
  epilogue: true,

  result(attributes, [sum, counts]) {
    if (elements(sum.shape) % elements(counts.shape) !== 0) throw new RangeError(`counts [${counts.shape.join(', ')}] do not fit the sum`);
    return clampedType(attributes, sum.shape);
  },

  range({ M, E, lo, hi }, [sum, counts]) {
    const count = counts.constant ? extent(counts.constant.data) : counts.range;
    if (count.low < 1 || count.high * 2 ** E >= 2 ** 62) throw new RangeError(`a divisor of ${count.high} * 2^${E} does not fit 62 bits`);
    const largest = Math.max(Math.abs(sum.range.low), Math.abs(sum.range.high)) * Math.abs(M);
    if (largest >= 2 ** 62) throw new RangeError('the 64-bit product before the division can overflow');
    return { low: lo, high: hi };
  },

  /** Not along the axes of the counts, unless there is but one. */
  slice(attributes, [sum, counts], _, input) {
    const slicing = sliceElementwise(attributes, sum.shape, input, ['tensor', { axis: -1, channels: 1 }]);
    const crosses = slicing && elements(counts.shape) > 1 && slicing.cut.axis >= sum.shape.length - counts.shape.length;
    return crosses ? undefined : slicing;
  },

  kernel: ({ M, E, lo, hi }, [sum, counts], result) => [
    {
      function: `bw_dyadic_mean_${sum.dtype}_${result.dtype}`,
      arguments: [
        {
          struct: 'bw_mean',
          fields: {
            outer: elements(sum.shape) / elements(counts.shape),
            positions: elements(counts.shape),
            multiplier: M,
            exponent: E,
            lo,
            hi,
          },
        },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ],
    },
  ],

  evaluate({ M, E, lo, hi }, [sum, counts], y) {
    for (let position = 0; position < y.data.length; position++) {
      const divisor = BigInt(counts.data[position % counts.data.length]!) << BigInt(E);
      y.data[position] = clamp(Number(divideRoundHalfEven(BigInt(sum.data[position]!) * BigInt(M), divisor)), lo, hi);
    }
  },
});
