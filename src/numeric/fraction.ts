import { frexp } from './rounding.ts';

/** A real number as a quotient of integers. */
export interface Fraction {
  readonly numerator: bigint;
  /** A power of two. */
  readonly denominator: bigint;
}

/** A finite double, exactly. */
export function fractionOf(x: number): Fraction {
  const { mantissa, exponent } = frexp(x);
  const integer = BigInt(mantissa * 2 ** 53);
  const power = exponent - 53;
  return power >= 0
    ? { numerator: integer * 2n ** BigInt(power), denominator: 1n }
    : { numerator: integer, denominator: 2n ** BigInt(-power) };
}
