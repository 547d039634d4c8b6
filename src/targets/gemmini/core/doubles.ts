import { frexp } from '../../../numeric/rounding.ts';

/** Bits from the first that is set to the last one: a double has at most 53. */
function significantBits(value: number): number {
  if (value === 0) return 0;
  const { odd } = oddPart(value);
  return Math.floor(Math.log2(odd)) + 1;
}

/** |value| = odd * 2^exponent; value is not 0. */
function oddPart(value: number): { readonly odd: number; readonly exponent: number } {
  const { mantissa, exponent } = frexp(Math.abs(value));
  let [odd, power] = [mantissa * 2 ** 53, exponent - 53];
  while (odd % 2 === 0) [odd, power] = [odd / 2, power + 1];
  return { odd, exponent: power };
}

/** Integers up to this in magnitude have products with the factor that are doubles: their bits add up to 53 at most. */
export const exactUpTo = (factor: number): number => 2 ** (53 - significantBits(factor));

/** Whether the product of the factor with some integer up to the limit in magnitude ends in a half: with 2^n or its multiples, where the factor ends so many bits lower. */
export function endsInHalf(limit: number, factor: number): boolean {
  if (factor === 0) return false;
  const { exponent } = oddPart(factor);
  return exponent < 0 && 2 ** (-exponent - 1) <= limit;
}

/** Whether a - b is a double (Knuth's two-sum). */
export function differsExactly(a: number, b: number): boolean {
  const difference = a - b;
  const taken = difference - a;
  return a - (difference - taken) - (b + taken) === 0;
}
