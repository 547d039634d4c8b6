import type { Range } from '../../program/operator.ts';

/** A sum before its rounding: x * multiplier for each term, plus the bias, over 2^exponent. */
export interface RoundedSum {
  readonly terms: readonly { readonly range: Range; readonly multiplier: number }[];
  readonly bias: number;
  readonly exponent: number;
}

/** How many values of the terms after the first are tried one by one. */
const mostTried = 65536;

/** The inverse of an odd number modulo 2^bits, by Newton's iteration: every round doubles the number of bits that are right. */
function inverse(odd: bigint, bits: number): bigint {
  let result = odd; // right modulo 8
  for (let right = 3; right < bits; right *= 2) result = BigInt.asUintN(bits, result * (2n - odd * result));
  return BigInt.asUintN(bits, result);
}

/** The number of times that 2 divides n, at most `limit`. */
function twos(n: bigint, limit: number): number {
  let count = 0;
  while (count < limit && ((n >> BigInt(count)) & 1n) === 0n) count++;
  return count;
}

/**
 * Whether an integer x of the range has x * multiplier = target modulo 2^exponent. With t factors of 2 in the multiplier, the target must have
 * as many, and then x is one residue modulo 2^(exponent - t).
 */
function solver(multiplier: bigint, exponent: number, { low, high }: Range): (target: bigint) => boolean {
  const shared = twos(multiplier, exponent);
  const bits = exponent - shared;
  const factor = inverse(BigInt.asUintN(bits, multiplier >> BigInt(shared)) | 1n, bits);
  return (target) => {
    if (twos(target, shared) < shared) return false;
    const residue = BigInt.asUintN(bits, (target >> BigInt(shared)) * factor);
    const least = BigInt(low);
    return least + BigInt.asUintN(bits, residue - least) <= BigInt(high);
  };
}

/**
 * Whether some sum within the ranges lies exactly in the middle between two integers: then, and only then, half up and half to even differ.
 * Also true where there are too many values to try.
 */
export function canTie({ terms: [first, ...others], bias, exponent }: RoundedSum): boolean {
  if (!first) return true;
  const tries = others.reduce((product, { range }) => product * (range.high - range.low + 1), 1);
  if (!(tries <= mostTried)) return true;
  const reaches = solver(BigInt(first.multiplier), exponent, first.range);
  let targets = [2n ** BigInt(exponent - 1) - BigInt(bias)];
  for (const { range, multiplier } of others) {
    const factor = BigInt(multiplier);
    targets = targets.flatMap((target) =>
      Array.from({ length: range.high - range.low + 1 }, (_, step) => target - BigInt(range.low + step) * factor),
    );
  }
  return targets.some(reaches);
}
