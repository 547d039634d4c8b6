import * as z from 'zod';
import { f32 } from '../../../numeric/rounding.ts';
import { dtypes } from '../../../numeric/tensor.ts';
import { defineOperator } from '../../../program/operator.ts';
import { rowNeeds } from '../../regions.ts';
import { rowsOf, sliceRows } from '../../rows.ts';
import { exponential, reciprocal, type ShiftExponential, shiftExponential } from '../shift-exponential.ts';

/** The sigmoid is that of 1.702 x. */
export const geluExponential = (scale: number): ShiftExponential => shiftExponential(23, f32(f32(scale) * f32(1.702)));

/** The sigmoid of one value in 2^-7, where `greatest` is the greatest of its row: it enters the arithmetic. Both in steps of the scale. */
export function sigmoid(step: number, greatest: number, constants: ShiftExponential): number {
  const e = exponential(f32(step - greatest), constants);
  const factor = reciprocal(f32(e + exponential(-greatest, constants)));
  return Math.floor(f32(e * factor) / 2 ** 24);
}

/** 2^7, or more where the scale is so small that the denominator's limit of 2^31 is reached. */
const greatestSigmoid = (scale: number): number => Math.max(128, -geluExponential(scale).x0 / 2);

/** Whether x times the sigmoid leaves 16 bits, `most` being the greatest |x|. */
export const leavesGelu = (scale: number, most: number): boolean => greatestSigmoid(scale) * most > dtypes.i16.high;

/** IntGELU: x times the sigmoid of its neighbours' greatest. */
export const gelu = defineOperator({
  name: 'ivit-gelu',
  formula:
    'y = x * floor(f32(e * f) / 2^24), e = E(f32(v - m)), f = floor(f32(2^31 / min(f32(e + E(-m)), 2^31))), v = f32(f32(x * scale) / scale), m = max v along the last axis; E: the exponential by shifts of 1.702 scale, n = 23',
  operands: ['x'],
  attributes: z.object({ scale: z.number().positive() }),
  epilogue: true,
  result: (_, [x]) => ({ dtype: 'i16', shape: x.shape }),

  range({ scale }, [x]) {
    const most = greatestSigmoid(scale);
    if (leavesGelu(scale, Math.max(-x.range.low, x.range.high))) {
      throw new RangeError(`a scale of ${scale}, so small that the sigmoid reaches ${most} in steps of 2^-7`);
    }
    return { low: Math.min(x.range.low, 0) * most, high: Math.max(x.range.high, 0) * most };
  },

  slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 0),

  needs: (attributes, operands, _, region) => rowNeeds(attributes, region, operands),

  kernel({ scale }, [x], result) {
    const { rows, columns } = rowsOf(x.shape);
    return [
      {
        function: `bw_ivit_gelu_${x.dtype}_${result.dtype}`,
        arguments: [
          { name: 'rows', int: rows },
          { name: 'columns', int: columns },
          { name: 'scale', float: scale },
          { operand: 0 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ scale }, [x], y) {
    const s = f32(scale);
    const { rows, columns } = rowsOf(x.type.shape);
    const constants = geluExponential(s);
    for (let row = 0; row < rows; row++) {
      const integers = Array.from(x.data.subarray(row * columns, (row + 1) * columns));
      const steps = integers.map((q) => f32(f32(q * s) / s));
      const greatest = Math.max(...steps);
      integers.forEach((q, column) => {
        y.data[row * columns + column] = q * sigmoid(steps[column]!, greatest, constants);
      });
    }
  },
});
