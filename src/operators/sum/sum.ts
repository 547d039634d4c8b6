import * as z from 'zod';
import { elements, narrowest, sameShape } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** An add of values that share one scale and that no quantiser follows: exact, in 16 bits. */
export const sum = defineOperator({
  name: 'sum',
  formula: 'y = first + others, exactly, as dtype',
  operands: ['first', 'others...'],
  attributes: z.object({ dtype: z.enum(['i16', 'i32']) }),
  epilogue: false,
  result({ dtype }, operands) {
    const [first] = operands;
    if (operands.some(({ shape }) => !sameShape(shape, first.shape))) {
      throw new RangeError(`terms of shapes ${operands.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')} do not add`);
    }
    return { dtype, shape: first.shape };
  },
  range({ dtype }, operands) {
    const low = operands.reduce((total, { range }) => total + range.low, 0);
    const high = operands.reduce((total, { range }) => total + range.high, 0);
    if (narrowest(low, high) === undefined) throw new RangeError(`a sum from ${low} to ${high} does not fit ${dtype}`);
    return { low, high };
  },
  slice: (attributes, operands, _, input) =>
    sliceElementwise(
      attributes,
      operands[0].shape,
      input,
      operands.map(() => 'tensor' as const),
    ),
  kernel: (_, operands, result) => [
    {
      function: `bw_sum_${result.dtype}`,
      arguments: [
        { name: 'count', int: elements(result.shape) },
        { name: 'terms', int: operands.length },
        { views: operands.map((_operand, index) => index) },
        { result: true },
      ],
    },
  ],
  evaluate(_, operands, y) {
    for (let position = 0; position < y.data.length; position++) {
      y.data[position] = operands.reduce((total, x) => total + x.data[position]!, 0);
    }
  },
});
