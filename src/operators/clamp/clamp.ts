import * as z from 'zod';
import { clamp as limit } from '../../numeric/rounding.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** A ReLU of quantised values that no quantiser follows. */
export const clamp = defineOperator({
  name: 'clamp',
  formula: 'y = min(max(x, lo), hi)',
  operands: ['input'],
  attributes: z.object({ lo: z.int(), hi: z.int() }),
  epilogue: true,
  result: (_, [x]) => x,
  range: ({ lo, hi }, [x]) => ({ low: limit(x.range.low, lo, hi), high: limit(x.range.high, lo, hi) }),
  slice: (attributes, [x], _, input) => sliceElementwise(attributes, x.shape, input, ['tensor']),
  kernel: ({ lo, hi }, [x]) => [
    {
      function: `bw_clamp_${x.dtype}`,
      arguments: [
        { name: 'count', int: elements(x.shape) },
        { name: 'lo', int: lo },
        { name: 'hi', int: hi },
        { operand: 0 },
        { result: true },
      ],
    },
  ],
  evaluate({ lo, hi }, [x], y) {
    for (let position = 0; position < y.data.length; position++) y.data[position] = limit(x.data[position]!, lo, hi);
  },
});
