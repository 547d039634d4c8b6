import * as z from 'zod';
import { clamp, f32 } from '../../numeric/rounding.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { clampedType, sliceElementwise } from '../requantise/channels.ts';

/** A quantiser behind a quantised value. Unlike the other roundings of the style, ties go up. */
export const requantise = defineOperator({
  name: 'ares-requantise',
  formula: 'y = clamp(floor(f32(f32(x * factor) + 0.5)), lo, hi), factor in float32',
  operands: ['x'],
  attributes: z.object({ factor: z.number().positive(), lo: z.int(), hi: z.int() }),
  epilogue: true,
  result: (attributes, [x]) => clampedType(attributes, x.shape),
  range: ({ lo, hi }) => ({ low: lo, high: hi }),
  slice: (attributes, [x], _, input) => sliceElementwise(attributes, x.shape, input, ['tensor']),
  kernel: ({ factor, lo, hi }, [x], result) => [
    {
      function: `bw_ares_requantise_${x.dtype}_${result.dtype}`,
      arguments: [
        { name: 'count', int: elements(x.shape) },
        { name: 'factor', float: factor },
        { name: 'lo', int: lo },
        { name: 'hi', int: hi },
        { operand: 0 },
        { result: true },
      ],
    },
  ],
  evaluate({ factor, lo, hi }, [x], y) {
    for (let position = 0; position < y.data.length; position++) {
      y.data[position] = clamp(Math.floor(f32(f32(x.data[position]! * f32(factor)) + 0.5)), lo, hi);
    }
  },
});
