import * as z from 'zod';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** The one-dimensional adaptive average pool, in integers. Negative sums are rounded towards zero more often than positive ones. */
export const biasedMean = defineOperator({
  name: 'ares-biased-mean',
  formula: 'y = trunc((sum + trunc(count / 2)) / count)',
  operands: ['sum'],
  attributes: z.object({ count: z.int().positive() }),
  epilogue: true,
  result: (_, [sum]) => ({ dtype: 'i8', shape: sum.shape }),
  range: ({ count }, [sum]) => ({ low: biased(sum.range.low, count), high: biased(sum.range.high, count) }),
  slice: (attributes, [sum], _, input) => sliceElementwise(attributes, sum.shape, input, ['tensor']),
  kernel: ({ count }, [sum]) => [
    {
      function: `bw_ares_biased_mean_${sum.dtype}_i8`,
      arguments: [{ name: 'elements', int: elements(sum.shape) }, { name: 'count', int: count }, { operand: 0 }, { result: true }],
    },
  ],
  evaluate({ count }, [sum], y) {
    for (let position = 0; position < y.data.length; position++) y.data[position] = biased(sum.data[position]!, count);
  },
});

const biased = (sum: number, count: number): number => Math.trunc((sum + Math.trunc(count / 2)) / count);
