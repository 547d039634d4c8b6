import * as z from 'zod';
import { extent } from '../../numeric/extent.ts';
import { dtypes, elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** A nonlinearity on 8-bit or 16-bit values: a table that lowering computed in double with one rounding, exact by definition. */
export const lookup = defineOperator({
  name: 'lookup',
  formula: 'y = table[x - low], low being the least value of the dtype of x',
  operands: ['input', 'table'],
  attributes: z.object({}),
  epilogue: true,
  result(_, [x, table]) {
    const { low, high } = dtypes[x.dtype];
    if (elements(table.shape) !== high - low + 1)
      throw new RangeError(`a table of ${elements(table.shape)} entries does not fit ${x.dtype}`);
    return { dtype: table.dtype, shape: x.shape };
  },
  range: (_, [, table]) => (table.constant ? extent(table.constant.data) : table.range),
  slice: (attributes, [x], _, input) => sliceElementwise(attributes, x.shape, input, ['tensor', { axis: -1, channels: 1 }]),
  kernel: (_, [x, table]) => [
    {
      function: `bw_lookup_${x.dtype}_${table.dtype}`,
      arguments: [{ name: 'count', int: elements(x.shape) }, { operand: 0 }, { operand: 1 }, { result: true }],
    },
  ],
  evaluate(_, [x, table], y) {
    const { low } = dtypes[x.type.dtype];
    for (let position = 0; position < y.data.length; position++) y.data[position] = table.data[x.data[position]! - low]!;
  },
});
