import * as z from 'zod';
import { f32 } from '../../numeric/rounding.ts';
import { elements, sameShape } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** An add in float32, from left to right; the quantiser divides by its scale. */
export const add = defineOperator({
  name: 'ares-add',
  formula: 'y = f32(f32(x_0 * s_0) + f32(x_1 * s_1) + ...), s_t = scales[t] in float32',
  operands: ['first', 'scales', 'others...'],
  attributes: z.object({}),
  epilogue: true,
  result(_, [first, scales, ...others]) {
    if (others.some(({ shape }) => !sameShape(shape, first.shape))) {
      throw new RangeError(`terms of shapes ${[first, ...others].map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')} do not add`);
    }
    if (elements(scales.shape) !== others.length + 1)
      throw new RangeError(`${elements(scales.shape)} scales for ${others.length + 1} terms`);
    return { dtype: 'f32', shape: first.shape };
  },
  range: () => ({ low: -Infinity, high: Infinity }),
  slice: (attributes, [first, , ...others], _, input) =>
    sliceElementwise(attributes, first.shape, input, ['tensor', { axis: -1, channels: 1 }, ...others.map(() => 'tensor' as const)]),
  kernel: (_, [first, , ...others]) => [
    {
      function: 'bw_ares_add_f32',
      arguments: [
        { name: 'count', int: elements(first.shape) },
        { name: 'terms', int: others.length + 1 },
        { views: [0, ...others.map((_other, index) => index + 2)] },
        { operand: 1 },
        { result: true },
      ],
    },
  ],
  evaluate(_, [first, scales, ...others], y) {
    const terms = [first, ...others];
    for (let position = 0; position < y.data.length; position++) {
      y.data[position] = terms.map((term, t) => f32(term.data[position]! * scales.data[t]!)).reduce((sum, product) => f32(sum + product));
    }
  },
});
