import { type Tensor, tensor } from '../../numeric/tensor.ts';
import type { Known } from '../../program/operator.ts';
import type { Preparation } from './contracted.ts';

/**
 * An operand in int8 digits: x = 256 * high + low, or low alone; to the digit that is named first belongs an offset, the digit being that much
 * less than it should. Every product with the operand then lacks offset * 256^n * (the sum of the other one).
 */
export interface Digits {
  readonly count: 1 | 2;
  readonly offset: number;
  /** How the core makes them; absent where the operand is int8 already. */
  readonly prepare?: (operand: string, count: number) => Preparation;
}

/** The greatest value whose rounded high digit is below 128 + offset. */
const greatest = (offset: number): number => 256 * (127 + offset) + 127;

/** Digits of a value; undefined where two do not hold it. */
export function digitsOf({ type: { dtype }, range: { low, high } }: Known): Digits | undefined {
  if (dtype === 'i8') return { count: 1, offset: 0 };
  if (dtype === 'u8') {
    const offset = high <= 64 + 127 ? 64 : 128;
    return {
      count: 1,
      offset,
      prepare: (operand, count) => ({ function: 'bw_gemmini_shift', numbers: { count, offset }, operand, results: [count] }),
    };
  }
  if (dtype !== 'i16' && dtype !== 'u16') return undefined;
  const offset = high <= greatest(0) ? 0 : 64;
  if (low < -(2 ** 15) + 256 * offset || high > greatest(offset)) return undefined;
  return {
    count: 2,
    offset,
    prepare: (operand, count) => ({
      function: `bw_gemmini_digits_${dtype}`,
      numbers: { count, offset },
      operand,
      results: [count, count],
    }),
  };
}

/** int8 rows whose columns add up to the given sums: as few as that takes. */
export function rowsOfSum(sums: readonly number[]): number[][] {
  const largest = Math.max(0, ...sums.map(Math.abs));
  return Array.from({ length: Math.ceil(largest / 127) }, (_, row) =>
    sums.map((sum) => Math.sign(sum) * Math.min(127, Math.max(0, Math.abs(sum) - 127 * row))),
  );
}

/** A vector of one value. */
export const fill = (value: number, count: number): Tensor => tensor({ dtype: 'i8', shape: [count] }, new Int8Array(count).fill(value));

/** A matrix of int8, each row as long as `stride`: zeros behind its own elements. */
export function packed(rows: readonly ArrayLike<number>[], stride: number): Tensor {
  const result = tensor({ dtype: 'i8', shape: [Math.max(rows.length, 1), stride] });
  rows.forEach((row, index) => result.data.set(row, index * stride));
  return result;
}

/** Rows of a matrix begin where the bus does, those of a wide one where lines of the cache do. */
export const padded = (columns: number): number => (columns < 256 ? Math.ceil(columns / 16) * 16 : Math.ceil(columns / 64) * 64);
