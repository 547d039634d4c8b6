import * as z from 'zod';
import { divideRoundHalfEven, roundHalfEven } from '../../numeric/rounding.ts';
import { elements, type TensorType } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { rowNeeds } from '../regions.ts';
import { clampedType } from '../requantise/channels.ts';
import { rowsOf, sliceRows } from '../rows.ts';

/** How the shares of a row are rounded: M * 2^(30 - K - E) of them are one. `lo` only tells their type. */
export const shareAttributes = z.object({
  M: z.int().positive(),
  K: z.int().min(0).max(31),
  E: z.int().min(-30),
  lo: z.int().nonpositive(),
  hi: z.int().positive(),
});
export type ShareAttributes = z.infer<typeof shareAttributes>;

/** The denominator and the reciprocal are rounded down, so that shares are at most this much too large. */
const excess = 1 + 2 ** -29;
const whole = ({ M, K, E }: ShareAttributes): number => M * 2 ** (30 - K - E) * excess;

export const shareRange = (attributes: ShareAttributes) => ({ low: 0, high: Math.min(attributes.hi, roundHalfEven(whole(attributes))) });

/** The largest sum of a row: one, and half a step for each rounding. */
export const shareSum = (attributes: ShareAttributes, { shape }: TensorType): number => Math.floor(whole(attributes) + shape.at(-1)! / 2);

/** The fields of the C struct bw_softmax. */
export const shareFields = ({ M, K, E, hi }: ShareAttributes, { shape }: TensorType) => ({
  ...rowsOf(shape),
  multiplier: M,
  down: K,
  exponent: E,
  hi,
});

/** The formula behind the exponentials of a row, with which both forms end. */
export const shareFormula =
  'y = min(rne(e * floor(R * M / 2^K) / 2^(b + E)), hi), R = min(2^31 - 1, floor(2^61 / floor(Z / 2^(b - 31)))), Z = sum e, b = its bits; 0 where b + E > 62';

/** Exponentials of a row in 2^-30, the greatest of them 2^30, to shares of their sum (docs/numbers.md, Softmax). */
export function shares(exponentials: readonly number[], { M, K, E, hi }: ShareAttributes): number[] {
  const sum = exponentials.reduce((total, e) => total + BigInt(e), 0n);
  const bits = sum.toString(2).length;
  const quotient = 2n ** 61n / (sum >> BigInt(bits - 31));
  const reciprocal = quotient < 2n ** 31n ? quotient : 2n ** 31n - 1n;
  const factor = (reciprocal * BigInt(M)) >> BigInt(K);
  if (bits + E > 62) return exponentials.map(() => 0);
  return exponentials.map((e) => Math.min(Number(divideRoundHalfEven(BigInt(e) * factor, 2n ** BigInt(bits + E))), hi));
}

/** Softmax of scores of 8 bits: as many exponentials as there are distances from the greatest. */
export const softmax = defineOperator({
  name: 'softmax',
  formula: `${shareFormula}, e = table[max x - x] in 2^-30; along the last axis`,
  operands: ['x', 'table'],
  attributes: shareAttributes,
  epilogue: true,

  result(attributes, [x, table]) {
    if ((x.dtype !== 'i8' && x.dtype !== 'u8') || elements(table.shape) !== 256)
      throw new RangeError(`a table of ${elements(table.shape)} for scores of ${x.dtype}`);
    return clampedType(attributes, x.shape);
  },

  range: (attributes) => shareRange(attributes),
  rowSum: (attributes, [x]) => shareSum(attributes, x.type),
  slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 1),
  needs: (attributes, operands, _, region) => rowNeeds(attributes, region, operands),

  kernel: (attributes, [x], result) => [
    {
      function: `bw_softmax_${x.dtype}_${result.dtype}`,
      arguments: [{ struct: 'bw_softmax', fields: shareFields(attributes, x) }, { operand: 0 }, { operand: 1 }, { result: true }],
    },
  ],

  evaluate(attributes, [x, table], y) {
    const { rows, columns } = rowsOf(x.type.shape);
    for (let row = 0; row < rows; row++) {
      const scores = Array.from(x.data.subarray(row * columns, (row + 1) * columns));
      const greatest = Math.max(...scores);
      const exponentials = scores.map((score) => table.data[greatest - score]!);
      y.data.set(shares(exponentials, attributes), row * columns);
    }
  },
});
