import * as z from 'zod';
import { f32 } from '../../../numeric/rounding.ts';
import { dtypes, elements, type Tensor } from '../../../numeric/tensor.ts';
import { defineOperator } from '../../../program/operator.ts';
import { tableRow } from '../../lookup/row-lookup.ts';
import { rowNeeds } from '../../regions.ts';
import { rowsOf, sliceRows } from '../../rows.ts';
import { reciprocal } from '../shift-exponential.ts';
import { addends, checkMask, maskedRows, probabilityType, shares, sumOfShares } from './softmax.ts';

/**
 * The largest share e / (e + the others), of the greatest e with the smallest others, for each greatest of a row; four roundings to 24 bits add less
 * than 2^-20 of it. Infinity where the table is not known.
 */
function greatestShare(bits: number, columns: number, table: Tensor | undefined, hidden: readonly number[]): number {
  if (table === undefined) return Infinity;
  let largest = 0;
  for (let greatest = 0; greatest < 256; greatest++) {
    const own = table.data.subarray(256 * greatest, 257 * greatest + 1);
    let [least, most] = [Math.min(...hidden), Math.max(0, ...hidden)];
    for (const e of own) {
      if (e < least) least = e;
      if (e > most) most = e;
    }
    if (most > 0) largest = Math.max(largest, most / (most + (columns - 1) * least));
  }
  return Math.ceil(2 ** (bits - 1) * largest * (1 + 2 ** -20));
}

/**
 * IntSoftmax whose exponentials lowering has computed: one for each value and each greatest of its row, and one for all that the mask hides.
 * Their sum is one of integers.
 */
export const tableSoftmax = defineOperator({
  name: 'ivit-table-softmax',
  formula:
    'y = floor(f32(e * f) / 2^(32-bits)), e = table[m + 128, x + 128], or `hidden` where the mask is not 0, f = floor(f32(2^31 / min(f32(sum e), 2^31))), m = max x where the mask is 0, along the last axis',
  operands: ['x', 'table', 'mask...'],
  attributes: z.object({ bits: z.union([z.literal(8), z.literal(16)]), hidden: z.int().nonnegative() }),
  epilogue: true,

  result({ bits }, [x, table, mask]) {
    if (x.dtype !== 'i8' || elements(table.shape) !== 65536) throw new RangeError(`a table of ${elements(table.shape)} for ${x.dtype}`);
    if (mask) checkMask(x.shape, mask.shape);
    return { dtype: probabilityType(bits), shape: x.shape };
  },

  range: ({ bits, hidden }, [x, table, mask]) => ({
    low: 0,
    high: Math.min(2 ** (bits - 1), greatestShare(bits, x.type.shape.at(-1)!, table.constant, mask ? [hidden] : [])),
  }),
  rowSum: ({ bits, hidden }, [x, table]) => sumOfShares(bits, x.type.shape.at(-1)!, Math.max(table.range.high, hidden)),

  slice(attributes, [x, , mask], _, input) {
    if (!mask) return sliceRows(attributes, x.shape, input, 1);
    const cut = input ?? { axis: 0, count: x.shape[0]! };
    return cut.axis === 0 ? { cut, operands: [0, null, 0], attributes } : undefined;
  },

  needs: (attributes, operands, _, region) => (operands.length === 2 ? rowNeeds(attributes, region, operands) : undefined),

  kernel({ hidden }, [x, , mask], result) {
    const { rows, columns } = rowsOf(x.shape);
    return [
      {
        function: `bw_ivit_${mask ? 'masked_' : ''}table_softmax_${result.dtype}`,
        arguments: [
          { struct: 'bw_ivit_rows', fields: { rows, columns, ...maskedRows(x, mask) } },
          { operand: 0 },
          { operand: 1 },
          ...(mask ? [{ operand: 2 }, { name: 'hidden', int: hidden }] : []),
          { result: true },
        ],
      },
    ];
  },

  evaluate({ bits, hidden }, [x, table, mask], y) {
    const { low } = dtypes.i8;
    const { rows, columns } = rowsOf(x.type.shape);
    for (let row = 0; row < rows; row++) {
      const values = Array.from(x.data.subarray(row * columns, (row + 1) * columns));
      const hides = addends(mask, x.type.shape, row, columns);
      const first = tableRow(Math.max(...values.filter((_, column) => !hides?.[column])), low);
      const exponentials = values.map((value, column) => (hides?.[column] ? hidden : table.data[first + value]!));
      const factor = reciprocal(f32(exponentials.reduce((sum, e) => sum + e, 0)));
      y.data.set(shares(exponentials, factor, bits), row * columns);
    }
  },
});
