import * as z from 'zod';
import { clamp, roundHalfEven } from '../../numeric/rounding.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { clampedType, sliceElementwise } from '../requantise/channels.ts';

const rounding = { even: roundHalfEven, up: (x: number): number => Math.floor(x + 0.5) };

/** The quantiser behind an average pool, in double precision: ties to even behind a window, up behind the mean of a whole map. */
export const average = defineOperator({
  name: 'ares-average',
  formula: 'y = clamp(round(sum / count * scales[0] / scales[1]), lo, hi) in float64 from left to right; ties to even or up',
  operands: ['sum', 'scales'],
  attributes: z.object({ count: z.int().positive(), ties: z.enum(['even', 'up']), lo: z.int(), hi: z.int() }),
  epilogue: true,
  result: (attributes, [sum]) => clampedType(attributes, sum.shape),
  range: ({ lo, hi }) => ({ low: lo, high: hi }),
  slice: (attributes, [sum], _, input) => sliceElementwise(attributes, sum.shape, input, ['tensor', { axis: -1, channels: 1 }]),
  kernel: ({ count, ties, lo, hi }, [sum], result) => [
    {
      function: `bw_ares_average_${sum.dtype}_${result.dtype}`,
      arguments: [
        { struct: 'bw_ares_average', fields: { elements: elements(sum.shape), count, ties_up: ties === 'up' ? 1 : 0, lo, hi } },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ],
    },
  ],
  evaluate({ count, ties, lo, hi }, [sum, scales], y) {
    const [from = 1, to = 1] = scales.data;
    for (let position = 0; position < y.data.length; position++) {
      y.data[position] = clamp(rounding[ties](((sum.data[position]! / count) * from) / to), lo, hi);
    }
  },
});
