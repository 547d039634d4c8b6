import * as z from 'zod';
import { extent } from '../../numeric/extent.ts';
import { elements, type Tensor } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { wholeSpan } from '../../program/regions.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** Rows of a table, chosen by indices. */
export const gather = defineOperator({
  name: 'gather',
  formula: 'y[..., j] = rows[x[...], j]',
  operands: ['indices', 'rows'],
  attributes: z.object({}),
  epilogue: true,

  result(_, [x, rows]) {
    if (rows.dtype !== 'i8' || rows.shape.length !== 2)
      throw new RangeError(`rows ${rows.dtype} [${rows.shape.join(', ')}], not i8 of one width`);
    return { dtype: rows.dtype, shape: [...x.shape, rows.shape[1]!] };
  },

  /** No index leaves the table. */
  range(_, [x, rows]) {
    const last = rows.type.shape[0]! - 1;
    if (x.range.low < 0 || x.range.high > last) throw new RangeError(`indices from ${x.range.low} to ${x.range.high} of rows 0 to ${last}`);
    return rows.constant ? extent(rows.constant.data) : rows.range;
  },

  slice: (attributes, [x], _, input) =>
    x.shape.length > 0 ? sliceElementwise(attributes, x.shape, input, ['tensor', { axis: -1, channels: 1 }]) : undefined,

  /** Some of the indices, and some of each row. */
  needs: (attributes, [, rows], _, region) => ({
    operands: [region.slice(0, -1), [wholeSpan(rows.shape[0]!), region.at(-1)!]],
    attributes,
  }),

  kernel: (_, [x, rows]) => [
    {
      function: `bw_gather_${x.dtype}`,
      arguments: [
        { name: 'count', int: elements(x.shape) },
        { name: 'width', int: rows.shape[1]! },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ],
    },
  ],

  evaluate(_, [x, rows], y) {
    const width = rows.type.shape[1]!;
    const row = (index: number): Tensor['data'] => rows.data.subarray(index * width, (index + 1) * width);
    x.data.forEach((index, position) => {
      y.data.set(row(index), position * width);
    });
  },
});
