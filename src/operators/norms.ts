import * as z from 'zod';
import { BadInput } from '../errors.ts';
import { divideRoundHalfEven, roundHalfEven } from '../numeric/rounding.ts';
import { elements, type Tensor, type TensorType, tensor } from '../numeric/tensor.ts';
import { defineOperator, type Known, type Operator, type Range } from '../program/operator.ts';
import type { Lowering, Meaning, Real, Term } from './layer.ts';
import { accumulatorMeaning } from './meaning.ts';
import { real } from './real.ts';
import { rowNeeds } from './regions.ts';
import { sliceRows } from './rows.ts';

/*
 * What norms share: they divide each row of D integers by the root of V = C * 2^F + epsilon, where C / D^2 is the row's mean square, about its mean
 * or about 0, and F the fraction bits that 62 bits have room for (docs/numbers.md, Norms).
 */

/** Results are in steps of 2^-24, before gamma and beta. */
const unit = 2 ** -24;
const longestRow = 2 ** 14 - 1;

/** The largest even number of fraction bits, 30 at most, with which a V of so many steps stays below 2^62; undefined where not even 0 does. */
function fractionBits(largest: number): number | undefined {
  for (let bits = 30; bits >= 0; bits -= 2) if (largest * 2 ** bits < 2 ** 62) return bits;
  return undefined;
}

/** No element of a row is more than sqrt(D) times the root of its mean square; R is at most 2^-30 of itself too large. */
const largestNormal = (length: number): number => Math.ceil((Math.sqrt(length) / unit) * (1 + 2 ** -29));

/** floor(sqrt(value)) by Newton's method from above. */
function integerRoot(value: bigint): bigint {
  let root = 1n << 32n;
  for (let next = (root + value / root) >> 1n; next < root; next = (root + value / root) >> 1n) root = next;
  return root;
}

/** One row: u = rne(deviation * R / 2^(38 - m - F/2)), R = min(2^31 - 1, floor(2^62 / isqrt(V * 4^m))), 2^62 <= V * 4^m < 2^64; 0 where C = 0. */
function normalise(deviations: readonly number[], spread: bigint, fraction: number, epsilon: number): number[] {
  if (spread === 0n) return deviations.map(() => 0);
  let value = (spread << BigInt(fraction)) + BigInt(epsilon);
  let doublings = 0;
  for (; value < 1n << 62n; value *= 4n) doublings += 1;
  const reciprocal = (1n << 62n) / integerRoot(value);
  const factor = reciprocal < 2n ** 31n ? reciprocal : 2n ** 31n - 1n;
  const divisor = 1n << BigInt(38 - doublings - fraction / 2);
  return deviations.map((deviation) => Number(divideRoundHalfEven(BigInt(deviation) * factor, divisor)));
}

/** The result's type; a RangeError where the rows do not fit. */
function normType(x: TensorType, length: number): TensorType {
  if (length > longestRow) throw new RangeError(`rows of ${length}, where norms take at most ${longestRow}`);
  if (elements(x.shape) % length !== 0) throw new RangeError(`rows of ${length} do not fit [${x.shape.join(', ')}]`);
  return { dtype: 'i32', shape: x.shape };
}

/** Proves that deviations and sums stay in 32 bits and V below 2^62; the range of the result. */
function normRange({ range: { low, high } }: Known, epsilon: Known, length: number, fraction: number): Range {
  const limit = Math.max(Math.abs(low), Math.abs(high));
  if (length * Math.max(high - low, limit) >= 2 ** 31)
    throw new RangeError(`the sum of a row of ${length} values up to ${limit} can overflow`);
  const square = (length * limit) ** 2 * 2 ** fraction + epsilon.range.high;
  if (square >= 2 ** 62) throw new RangeError(`the square of a row of ${length} values up to ${limit} can overflow`);
  return { low: -largestNormal(length), high: largestNormal(length) };
}

/** What one norm adds to what all share: its name, formula and C function, and what it makes of a row. */
interface NormOperator {
  readonly name: string;
  readonly formula: string;
  /** Without the dtype at its end. */
  readonly function: string;
  /** D times each element's distance from the row's middle, and C, of a row of D integers. */
  deviations(row: readonly number[]): { readonly deviations: readonly number[]; readonly spread: bigint };
}

/** An operator that divides rows of `length` neighbours by their root, with `fraction` bits F. */
export const defineNorm = ({ name, formula, function: called, deviations }: NormOperator): Operator =>
  defineOperator({
    name,
    formula: `${formula}, R = min(2^31 - 1, floor(2^62 / isqrt(V * 4^m))), V = C * 2^F + epsilon, m such that 2^62 <= V * 4^m < 2^64; 0 where C = 0; rows of D = length neighbours, F = fraction`,
    operands: ['x', 'epsilon'],
    attributes: z.object({ length: z.int().positive(), fraction: z.int().nonnegative() }),
    epilogue: true,
    result: ({ length }, [x]) => normType(x, length),
    range: ({ length, fraction }, [x, epsilon]) => normRange(x, epsilon, length, fraction),
    slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 1, attributes.length),
    needs: (attributes, operands, _, region) => rowNeeds(attributes, region, operands, attributes.length),

    kernel({ length, fraction }, [x], { shape }) {
      const fields = { rows: elements(shape) / length, length, fraction };
      return [
        {
          function: `${called}_${x.dtype}`,
          arguments: [{ struct: 'bw_norm', fields }, { operand: 0 }, { operand: 1 }, { result: true }],
        },
      ];
    },

    evaluate({ length, fraction }, [x, epsilon], u) {
      for (let first = 0; first < u.data.length; first += length) {
        const row = deviations(Array.from(x.data.subarray(first, first + length)));
        u.data.set(normalise(row.deviations, row.spread, fraction, epsilon.data[0]!), first);
      }
    },
  });

/** A norm of rows of `length` neighbours. */
interface Norm {
  readonly length: number;
  readonly epsilon: number;
  readonly gamma?: Tensor | undefined;
  readonly beta?: Tensor | undefined;
}

/** Gamma and beta, which run along `axis`, only change what the operator's integers mean: the quantiser behind the norm rounds everything at once. */
export function lowerNorm(
  name: string,
  { value: input, scale, limit }: Term,
  { operator, length, epsilon, axis, gamma, beta }: Norm & { readonly operator: Operator; readonly axis: number },
  to: Lowering,
): Meaning {
  const added = (epsilon * (length * length)) / (scale[0]! * scale[0]!);
  const fraction = fractionBits((length * limit[0]!) ** 2 + added);
  if (fraction === undefined) {
    throw new BadInput({
      where: `layer ${name}`,
      found: `rows of ${length} values up to ${limit[0]} of ${scale[0]} with an epsilon of ${epsilon}, whose squares exceed 62 bits`,
      expected: 'rows whose squares fit',
      remedy: 'calibrate the quantiser in front of this layer again',
    });
  }
  const constant = tensor({ dtype: 'i64', shape: [1] }, [roundHalfEven(added * 2 ** fraction)]);
  const operands = [input, to.constant(`${name}.epsilon`, constant)];
  const { value, type } = to.call(`${name}~acc`, { operator: operator.name, operands, attributes: { length, fraction } });
  const term = { value, type, scale: Array.from(gamma?.data ?? [1], (g) => g * unit), limit: [largestNormal(length)] };
  return { ...accumulatorMeaning(term, axis), offset: beta ? Array.from(beta.data) : [0] };
}

/** A RangeError where gamma or beta have not one entry for each of `channels`. */
export function checkGains(channels: number, tensors: { readonly gamma?: Tensor; readonly beta?: Tensor }): void {
  for (const { type } of Object.values(tensors)) {
    if (elements(type.shape) !== channels)
      throw new RangeError(`gamma or beta of ${elements(type.shape)} entries for ${channels} channels`);
  }
}

/** The norm in doubles, about the mean where it is centred. `channel` tells which entry of gamma and beta an element has. */
export function normReal(
  x: Real,
  { length, epsilon, gamma, beta, centred }: Norm & { readonly centred: boolean },
  channel: (position: number) => number,
): Real {
  const rows = Array.from({ length: x.values.length / length }, (_, row) => {
    const values = x.values.subarray(row * length, (row + 1) * length);
    const mean = centred ? average(values) : 0;
    const root = Math.sqrt(average(values.map((value) => (value - mean) ** 2)) + epsilon);
    return { mean, root, cost: centred ? average(x.bracket.subarray(row * length, (row + 1) * length)) : 0 };
  });
  const rowOf = (position: number) => rows[Math.floor(position / length)]!;
  const gain = (position: number): number => gamma?.data[channel(position)] ?? 1;
  const shift = (position: number): number => beta?.data[channel(position)] ?? 0;
  const normal = (position: number): number => {
    const { mean, root } = rowOf(position);
    return root === 0 ? 0 : ((x.values[position]! - mean) / root) * gain(position);
  };
  return real(
    x.shape,
    (position) => normal(position) + shift(position),
    (position) => {
      const { cost, root } = rowOf(position);
      const inputs = root === 0 ? 0 : Math.abs(gain(position) / root) * (x.bracket[position]! + cost);
      return inputs + Math.abs(normal(position)) + Math.abs(shift(position));
    },
  );
}

const average = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
