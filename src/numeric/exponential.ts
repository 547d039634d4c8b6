import { roundHalfEven } from './rounding.ts';
import { type Tensor, tensor } from './tensor.ts';

const coarse = 368;
const fine = 256;

/**
 * The two tables of exp(-x), one behind the other: rne(2^30 * exp(-i/16)), i < 368, and rne(2^30 * exp(-j/4096)), j < 256. A Program that
 * computes exponentials carries this one tensor: i32 [624].
 */
export const exponentialTable: Tensor = tensor({ dtype: 'i32', shape: [coarse + fine] }, [
  ...Array.from({ length: coarse }, (_, i) => roundHalfEven(2 ** 30 * Math.exp(-i / 16))),
  ...Array.from({ length: fine }, (_, j) => roundHalfEven(2 ** 30 * Math.exp(-j / 4096))),
]);

/** Arguments from here on have the same exponential, 0: 23 less a rounding to the fine table's step, in 2^-24. */
export const exponentialLimit = 23 * 2 ** 24 - 2049;

/**
 * exp(-t / 2^24) in 2^-30, at most 8.8 of these off: the two tables' entries for the multiple of 2^-12 next to t, and one term
 * of the series for the rest.
 * @param t an integer of any size, at least 0
 * @param table exponentialTable's entries
 */
export function exponential(t: number, table: ArrayLike<number>): number {
  const v = Math.min(t, exponentialLimit) + 2048;
  const rest = BigInt((v & 4095) - 2048);
  const entry = (BigInt(table[v >> 20]!) * BigInt(table[coarse + ((v >> 12) & 255)]!)) >> 30n;
  return Number(entry - (((entry >> 12n) * rest) >> 12n));
}
