import * as z from 'zod';
import { roundHalfEven } from '../../numeric/rounding.ts';
import { elements, type Shape, type Tensor, tensor } from '../../numeric/tensor.ts';
import { defineOperator, type Known } from '../../program/operator.ts';
import { rowNeeds } from '../regions.ts';
import { rowsOf, sliceRows } from '../rows.ts';

/** The fraction bits of the tables of cosines and sines. */
export const rfftBits = 18;

/** How many frequencies a real signal of `length` has. */
export const binsOf = (length: number): number => Math.floor(length / 2) + 1;

/** The cosines and sines of a whole turn in `length` steps: i32 [length] in 2^-18. */
export const turnTables = (length: number): { readonly cos: Tensor; readonly sin: Tensor } => {
  const table = (of: (angle: number) => number): Tensor =>
    tensor(
      { dtype: 'i32', shape: [length] },
      Array.from({ length }, (_, step) => roundHalfEven(2 ** rfftBits * of((2 * Math.PI * step) / length))),
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
};

/** The sum of x * table at multiples of the frequency. */
function project(x: ArrayLike<number>, table: ArrayLike<number>, frequency: number): number {
  let sum = 0;
  for (let n = 0; n < x.length; n++) sum += x[n]! * table[(frequency * n) % x.length]!;
  return sum;
}

/** The largest |sum| that any frequency gives: every element at its own extreme. */
function largestSum(x: Known, table: Known): number {
  const length = x.type.shape.at(-1)!;
  const data = table.constant?.data ?? new Array<number>(length).fill(Math.max(-table.range.low, table.range.high));
  const limits = new Array<number>(length).fill(Math.max(-x.range.low, x.range.high));
  const sums = Array.from({ length: binsOf(length) }, (_, frequency) => project(limits, Array.from(data, Math.abs), frequency));
  return Math.max(...sums);
}

/** The Fourier transform of real rows: what its magnitude and its phase are made of. */
export const rfft = defineOperator({
  name: 'rfft',
  formula:
    'y[..., 0, k] = sum over n of x[..., n] * cos[k*n mod length], y[..., 1, k] = -sum over n of x[..., n] * sin[k*n mod length], k <= length / 2, the tables in 2^-18',
  operands: ['x', 'cos', 'sin'],
  attributes: z.object({}),
  epilogue: true,

  result(_, [x, cos, sin]) {
    const length = x.shape.at(-1)!;
    if (elements(cos.shape) !== length || elements(sin.shape) !== length) {
      throw new RangeError(`tables of ${elements(cos.shape)} and ${elements(sin.shape)} do not fit rows of ${length}`);
    }
    return { dtype: 'i32', shape: [...x.shape.slice(0, -1), 2, binsOf(length)] };
  },

  range(_, [x, cos, sin]) {
    const largest = Math.max(largestSum(x, cos), largestSum(x, sin));
    return { low: -largest, high: largest };
  },

  macs: (_, [x], result) => elements(result.shape) * x.shape.at(-1)!,
  slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 2),

  needs(attributes, operands, result, region) {
    const [x] = operands;
    const whole = region.slice(-2).every(({ size }, at) => size === result.shape.at(at - 2));
    const row = { start: 0, size: x.shape.at(-1)!, step: 1 };
    return whole ? rowNeeds(attributes, [...region.slice(0, -2), row], operands) : undefined;
  },

  kernel(_, [x]) {
    const { rows, columns } = rowsOf(x.shape);
    return [
      {
        function: `bw_rfft_${x.dtype}`,
        arguments: [
          { name: 'rows', int: rows },
          { name: 'length', int: columns },
          { operand: 0 },
          { operand: 1 },
          { operand: 2 },
          { result: true },
        ],
      },
    ];
  },

  evaluate(_, [x, cos, sin], y) {
    const { rows, columns } = rowsOf(x.type.shape);
    const bins = binsOf(columns);
    for (let row = 0; row < rows; row++) {
      const values = x.data.subarray(row * columns, (row + 1) * columns);
      for (let k = 0; k < bins; k++) {
        y.data[2 * row * bins + k] = project(values, cos.data, k);
        y.data[(2 * row + 1) * bins + k] = 0 - project(values, sin.data, k);
      }
    }
  },
});

/** [..., 2, bins] without the axis that tells the real from the imaginary part. */
export function spectrumShape(spectrum: Shape): Shape {
  if (spectrum.at(-2) !== 2) throw new RangeError(`[${spectrum.join(', ')}] has no real and imaginary parts along its last axis but one`);
  return [...spectrum.slice(0, -2), spectrum.at(-1)!];
}

/** Calls `visit` with the real and the imaginary part of every bin and the place of what is made of it. */
export function forEachBin(spectrum: Tensor, visit: (re: number, im: number, position: number) => void): void {
  const bins = spectrum.type.shape.at(-1)!;
  for (let position = 0; position < spectrum.data.length / 2; position++) {
    const first = 2 * position - (position % bins);
    visit(spectrum.data[first]!, spectrum.data[first + bins]!, position);
  }
}
