import * as z from 'zod';
import { exponential } from '../../numeric/exponential.ts';
import { divideRoundHalfEven } from '../../numeric/rounding.ts';
import { defineOperator } from '../../program/operator.ts';
import { rowNeeds } from '../regions.ts';
import { clampedType } from '../requantise/channels.ts';
import { rowsOf, sliceRows } from '../rows.ts';
import { shareAttributes, shareFields, shareFormula, shareRange, shareSum, shares } from './softmax.ts';

/** Softmax of scores that no quantiser has rounded: exponentials of any argument. */
export const wideSoftmax = defineOperator({
  name: 'wide-softmax',
  formula: `${shareFormula}, e = exp(-t / 2^24) in 2^-30 by the table, t = rne((max x - x) * S / 2^F); along the last axis`,
  operands: ['x', 'table'],
  attributes: shareAttributes.extend({ S: z.int().positive(), F: z.int().min(1).max(62) }),
  epilogue: true,
  result: (attributes, [x]) => clampedType(attributes, x.shape),

  range(attributes, [{ range }]) {
    if ((range.high - range.low) * attributes.S >= 2 ** 62)
      throw new RangeError('the distance of two scores, times its multiplier, can overflow');
    return shareRange(attributes);
  },

  rowSum: (attributes, [x]) => shareSum(attributes, x.type),
  slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 1),
  needs: (attributes, operands, _, region) => rowNeeds(attributes, region, operands),

  kernel: (attributes, [x], result) => [
    {
      function: `bw_wide_softmax_${x.dtype}_${result.dtype}`,
      arguments: [
        { struct: 'bw_softmax', fields: shareFields(attributes, x) },
        { name: 'multiplier', int: attributes.S },
        { name: 'exponent', int: attributes.F },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ],
    },
  ],

  evaluate({ S, F, ...attributes }, [x, table], y) {
    const { rows, columns } = rowsOf(x.type.shape);
    for (let row = 0; row < rows; row++) {
      const scores = Array.from(x.data.subarray(row * columns, (row + 1) * columns));
      const greatest = Math.max(...scores);
      const distances = scores.map((score) => Number(divideRoundHalfEven(BigInt(greatest - score) * BigInt(S), 2n ** BigInt(F))));
      y.data.set(
        shares(
          distances.map((t) => exponential(t, table.data)),
          attributes,
        ),
        row * columns,
      );
    }
  },
});
