import * as z from 'zod';
import { extent } from '../../numeric/extent.ts';
import { dtypes, elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { rowNeeds } from '../regions.ts';
import { rowsOf, sliceRows } from '../rows.ts';

/** How many values the dtype of a table's argument has. */
const argumentsOf = (dtype: 'i8' | 'u8'): number => dtypes[dtype].high - dtypes[dtype].low + 1;

/** The place in a table [greatest, argument] of the arguments that go with a row's greatest. */
export const tableRow = (greatest: number, low: number): number => (greatest - low) * 256 - low;

/** A function of an element and of the greatest of its row, as a table of tables: the row picks one, the element an entry of it. */
export const rowLookup = defineOperator({
  name: 'row-lookup',
  formula: 'y = table[m - low, x - low], m = max x along the last axis, low being the least value of the dtype of x',
  operands: ['input', 'table'],
  attributes: z.object({}),
  epilogue: true,

  result(_, [x, table]) {
    if (x.dtype !== 'i8' && x.dtype !== 'u8') throw new RangeError(`a table of tables for ${x.dtype}, expected i8 or u8`);
    if (elements(table.shape) !== argumentsOf(x.dtype) ** 2) {
      throw new RangeError(`a table of ${elements(table.shape)} entries does not fit ${x.dtype} and its greatest`);
    }
    return { dtype: table.dtype, shape: x.shape };
  },

  range: (_, [, table]) => (table.constant ? extent(table.constant.data) : table.range),
  slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 1),

  needs: (attributes, operands, _, region) => rowNeeds(attributes, region, operands),

  kernel(_, [x, table]) {
    const { rows, columns } = rowsOf(x.shape);
    return [
      {
        function: `bw_row_lookup_${x.dtype}_${table.dtype}`,
        arguments: [{ name: 'rows', int: rows }, { name: 'columns', int: columns }, { operand: 0 }, { operand: 1 }, { result: true }],
      },
    ];
  },

  evaluate(_, [x, table], y) {
    const { low } = dtypes[x.type.dtype];
    const { rows, columns } = rowsOf(x.type.shape);
    for (let row = 0; row < rows; row++) {
      const values = x.data.subarray(row * columns, (row + 1) * columns);
      const first = tableRow(extent(values).high, low);
      values.forEach((value, column) => {
        y.data[row * columns + column] = table.data[first + value]!;
      });
    }
  },
});
