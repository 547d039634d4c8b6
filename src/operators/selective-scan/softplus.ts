import * as z from 'zod';
import { roundHalfEven } from '../../numeric/rounding.ts';
import { elements, type Tensor, tensor } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { wholeRegion } from '../regions.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** The fraction bits of the operand and of the result. */
export const softplusBits = { from: 16, to: 24 };
const entries = 1025;

/** log(1 + exp(-x)) at multiples of 1/64 up to 16, in 2^-24: i32 [1025]. */
export const softplusTable: Tensor = tensor(
  { dtype: 'i32', shape: [entries] },
  Array.from({ length: entries }, (_, i) => roundHalfEven(2 ** softplusBits.to * Math.log1p(Math.exp(-i / 64)))),
);

/** log(1 + exp(p / 2^16)) in 2^-24: max(p, 0) and a line between two entries of the table. */
export function softplusOf(p: number, table: ArrayLike<number>): number {
  const q = Math.min(Math.abs(p), 2 ** 20 - 1);
  const [index, rest] = [q >> 10, q & 1023];
  const fall = ((table[index]! - table[index + 1]!) * rest + 512) / 1024;
  return Math.max(p, 0) * 256 + table[index]! - Math.floor(fall);
}

/** The positive step that a selective scan takes: a smooth ReLU of sums in fixed point. */
export const softplus = defineOperator({
  name: 'softplus',
  formula:
    'y = max(x, 0)*256 + L[i] - (((L[i] - L[i+1])*f + 512) >> 10), i = q >> 10, f = q & 1023, q = min(|x|, 2^20 - 1): log(1 + exp(x)) of 2^-16 in 2^-24',
  operands: ['input', 'table'],
  attributes: z.object({}),
  epilogue: true,

  result(_, [x, table]) {
    if (elements(table.shape) !== entries) throw new RangeError(`a table of ${elements(table.shape)} entries, not ${entries}`);
    return { dtype: 'i32', shape: x.shape };
  },

  /** The table falls, and a line between two of its entries lies between them; a step of it is at most 2^17, so its product is below 2^28. */
  range(_, [x, table]) {
    if (!table.constant) throw new RangeError('a table that is no constant');
    const data = Array.from(table.constant.data);
    const falls = data.every((entry, i) => entry >= (data[i + 1] ?? 0) && entry - (data[i + 1] ?? entry) < 2 ** 20);
    if (!falls) throw new RangeError('a table that does not fall to 0 in steps below 2^20');
    return { low: 0, high: Math.max(x.range.high, 0) * 256 + data[0]! };
  },

  slice: (attributes, [x], _, input) => sliceElementwise(attributes, x.shape, input, ['tensor', { axis: -1, channels: 1 }]),
  needs: (attributes, [, table], _, region) => ({ operands: [region, wholeRegion(table.shape)], attributes }),

  kernel: (_, [x]) => [
    {
      function: `bw_softplus_${x.dtype}`,
      arguments: [{ name: 'count', int: elements(x.shape) }, { operand: 0 }, { operand: 1 }, { result: true }],
    },
  ],

  evaluate(_, [x, table], y) {
    for (let position = 0; position < y.data.length; position++) y.data[position] = softplusOf(x.data[position]!, table.data);
  },
});
