import * as z from 'zod';
import { dtypes, elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { denseMove, moveCall } from '../move.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** Stores the same integers in another type, which the verifier proves wide enough. */
export const convert = defineOperator({
  name: 'convert',
  formula: 'y = x, stored as dtype',
  operands: ['input'],
  attributes: z.object({ dtype: z.enum(['i8', 'u8', 'i16', 'u16', 'i32']) }),
  epilogue: true,
  result: ({ dtype }, [x]) => ({ dtype, shape: x.shape }),
  range({ dtype }, [x]) {
    if (x.range.low < dtypes[dtype].low || x.range.high > dtypes[dtype].high) {
      throw new RangeError(`values from ${x.range.low} to ${x.range.high} do not fit ${dtype}`);
    }
    return x.range;
  },
  slice: (attributes, [x], _, input) => sliceElementwise(attributes, x.shape, input, ['tensor']),
  kernel: ({ dtype }, [x]) => [moveCall(denseMove([elements(x.shape)], [elements(x.shape)]), 0, x.dtype, dtype)],
  evaluate(_, [x], y) {
    y.data.set(x.data);
  },
});
