import * as z from 'zod';
import { dtypes, elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** The bits that are turned: the highest of the low byte, or of both. */
export const masks = { low: 0x80, both: 0x8080 } as const;
export const digitsAttributes = z.object({ mask: z.union([z.literal(masks.low), z.literal(masks.both)]) });

/**
 * 16 bits as two signed digits to the base 256, each in a byte of its own: a byte as it is reads as a digit from -128 on, so one that counts
 * from 0 has its highest bit turned and is 128 less. Twice is nothing.
 */
export const digits = defineOperator({
  name: 'digits',
  formula:
    'y = x xor mask; the bytes of y as i8 are digits, 256 * high + low = x - mask, where mask = 32896, or mask = 128 and x is i16 or below 2^15',
  operands: ['input'],
  attributes: digitsAttributes,
  epilogue: true,

  result({ mask }, [x]) {
    if (x.dtype !== 'u16' && (x.dtype !== 'i16' || mask !== masks.low))
      throw new RangeError(`digits of ${x.dtype} with the mask ${mask}, expected u16, or i16 with ${masks.low}`);
    return x;
  },

  range: (_, [x]) => dtypes[x.type.dtype],
  origin: (_, [x]) => x,
  slice: (attributes, [x], _, input) => sliceElementwise(attributes, x.shape, input, ['tensor']),

  kernel: ({ mask }, [x]) => [
    {
      function: `bw_digits_${x.dtype}`,
      arguments: [{ name: 'count', int: elements(x.shape) }, { name: 'mask', int: mask }, { operand: 0 }, { result: true }],
    },
  ],

  evaluate({ mask }, [x], y) {
    for (let position = 0; position < y.data.length; position++) y.data[position] = x.data[position]! ^ mask;
  },
});
