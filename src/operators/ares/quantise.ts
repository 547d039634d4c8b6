import * as z from 'zod';
import { clamp, f32, roundHalfEven } from '../../numeric/rounding.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { clampedType, sliceElementwise } from '../requantise/channels.ts';

/** Back from real numbers to integers: the second half of a hidden linear layer, a ReLU with a scale of its own, an add, a mean. */
export const quantise = defineOperator({
  name: 'ares-quantise',
  formula: 'y = clamp(rne(f32(x / step)), lo, hi), x and step in float32',
  operands: ['x'],
  attributes: z.object({ step: z.number().positive(), lo: z.int(), hi: z.int() }),
  epilogue: true,
  result: (attributes, [x]) => clampedType(attributes, x.shape),
  range: ({ lo, hi }) => ({ low: lo, high: hi }),
  slice: (attributes, [x], _, input) => sliceElementwise(attributes, x.shape, input, ['tensor']),
  kernel: ({ step, lo, hi }, [x], result) => [
    {
      function: `bw_ares_quantise_${x.dtype}_${result.dtype}`,
      arguments: [
        { name: 'count', int: elements(x.shape) },
        { name: 'step', float: step },
        { name: 'lo', int: lo },
        { name: 'hi', int: hi },
        { operand: 0 },
        { result: true },
      ],
    },
  ],
  evaluate({ step, lo, hi }, [x], y) {
    for (let position = 0; position < y.data.length; position++) {
      y.data[position] = clamp(roundHalfEven(f32(x.data[position]! / f32(step))), lo, hi);
    }
  },
});
