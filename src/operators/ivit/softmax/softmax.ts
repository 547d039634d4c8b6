import * as z from 'zod';
import { f32 } from '../../../numeric/rounding.ts';
import { elements, type Shape, type Tensor, type TensorType } from '../../../numeric/tensor.ts';
import { defineOperator } from '../../../program/operator.ts';
import { rowNeeds } from '../../regions.ts';
import { rowsOf, sliceRows } from '../../rows.ts';
import { exponential, reciprocal, type ShiftExponential, shiftExponential } from '../shift-exponential.ts';

const softmaxAttributes = z.object({ scale: z.number().positive(), bits: z.union([z.literal(8), z.literal(16)]) });

/** 2^15 fits no i16, 2^7 no i8: a row of one column gives them. */
export const probabilityType = (bits: 8 | 16) => (bits === 16 ? ('u16' as const) : ('u8' as const));

/** A mask [windows, rows, columns] for x of [windows, heads, rows, columns]: each head of a window has the same one. */
export function checkMask(x: Shape, mask: Shape): void {
  const [windows, , rows, columns] = x;
  if (x.length !== 4 || elements(mask) !== windows! * rows! * columns!) {
    throw new RangeError(`a mask of [${mask.join(', ')}] does not fit logits of [${x.join(', ')}]`);
  }
}

/** The rows of the mask for one row of x, counted over all windows and heads. */
const maskRow = ([, heads = 1, rows = 1]: Shape, row: number): number => Math.floor(row / (heads * rows)) * rows + (row % rows);

/** Exponentials times the reciprocal of their sum, as integers of `bits`. */
export const shares = (exponentials: readonly number[], factor: number, bits: number): number[] =>
  exponentials.map((e) => Math.floor(f32(e * factor) / 2 ** (32 - bits)));

/** One row of real logits in steps of the scale to integers of `bits`. */
function probabilities(steps: readonly number[], constants: ShiftExponential, bits: number): number[] {
  const greatest = Math.max(...steps);
  const exponentials = steps.map((step) => exponential(f32(step - greatest), constants));
  return shares(exponentials, reciprocal(f32(exponentials.reduce((sum, e) => sum + e, 0))), bits);
}

/** The logit that the module sees, in steps of the scale. */
export const logit = (q: number, scale: number, addend: number): number => f32(f32(f32(q * scale) + addend) / scale);

/**
 * The largest sum of a row: one, and what four roundings add; where the denominator's limit of 2^31 is reached, the factor is 1 and each share
 * its exponential, of which `greatest` is the largest.
 */
export const sumOfShares = (bits: number, columns: number, greatest: number): number =>
  Math.max(Math.ceil(2 ** (bits - 1) * (1 + 2 ** -20)), (columns * greatest) / 2 ** (32 - bits));

/** How many rows share a mask's row: the fields of the C struct bw_ivit_rows. */
export const maskedRows = ({ shape: [, heads = 1, tokens = 1] }: TensorType, mask: TensorType | undefined) =>
  mask ? { heads, tokens } : { heads: 1, tokens: 1 };

/** The row's own elements of a mask, where there is one. */
export const addends = (mask: Tensor | undefined, shape: Shape, row: number, columns: number): ArrayLike<number> | undefined =>
  mask?.data.subarray(maskRow(shape, row) * columns, (maskRow(shape, row) + 1) * columns);

/** The exponential of 0, which is the greatest: 2^15 / scale. */
const greatestExponential = (scale: number): number => exponential(0, shiftExponential(15, scale));

/** Whether an exponential is greater than what a sum of them is limited to. */
export const leavesSum = (scale: number): boolean => greatestExponential(scale) > 2 ** 31;

/** IntSoftmax, each f32() one float32 operation; the sum of the exponentials is exact and rounded once. */
export const softmax = defineOperator({
  name: 'ivit-softmax',
  formula:
    'y = floor(f32(e * f) / 2^(32-bits)), e = E(f32(v - max v)), f = floor(f32(2^31 / min(f32(sum e), 2^31))), v = f32(f32(f32(x * scale) + mask) / scale) along the last axis; E: the exponential by shifts, n = 15',
  operands: ['x', 'mask...'],
  attributes: softmaxAttributes,
  epilogue: true,

  result({ bits }, [x, mask]) {
    if (mask) checkMask(x.shape, mask.shape);
    return { dtype: probabilityType(bits), shape: x.shape };
  },

  range({ scale, bits }) {
    if (leavesSum(scale)) throw new RangeError(`a scale of ${scale}, so small that an exponential reaches ${greatestExponential(scale)}`);
    return { low: 0, high: 2 ** (bits - 1) };
  },
  rowSum: ({ bits, scale }, [x]) => sumOfShares(bits, x.type.shape.at(-1)!, greatestExponential(scale)),

  slice(attributes, [x, mask], _, input) {
    if (!mask) return sliceRows(attributes, x.shape, input, 0);
    const cut = input ?? { axis: 0, count: x.shape[0]! };
    return cut.axis === 0 ? { cut, operands: [0, 0], attributes } : undefined;
  },

  needs: (attributes, operands, _, region) => (operands.length === 1 ? rowNeeds(attributes, region, operands) : undefined),

  kernel({ scale }, [x, mask], result) {
    const { rows, columns } = rowsOf(x.shape);
    return [
      {
        function: `bw_ivit_${mask ? 'masked_' : ''}softmax_${x.dtype}_${result.dtype}`,
        arguments: [
          { struct: 'bw_ivit_rows', fields: { rows, columns, ...maskedRows(x, mask) } },
          { name: 'scale', float: scale },
          { operand: 0 },
          ...(mask ? [{ operand: 1 }] : []),
          { result: true },
        ],
      },
    ];
  },

  evaluate({ scale, bits }, [x, mask], y) {
    const s = f32(scale);
    const { rows, columns } = rowsOf(x.type.shape);
    const constants = shiftExponential(15, s);
    for (let row = 0; row < rows; row++) {
      const added = addends(mask, x.type.shape, row, columns);
      const steps = Array.from(x.data.subarray(row * columns, (row + 1) * columns), (q, column) => logit(q, s, added ? added[column]! : 0));
      y.data.set(probabilities(steps, constants, bits), row * columns);
    }
  },
});
