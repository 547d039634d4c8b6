/** Rounds half to even (IEEE 754 roundToIntegralTiesToEven). Exact for every double; -0 becomes 0. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor + 0;
}

/** Rounds half away from zero (C's round). */
export const roundHalfAway = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5) + 0;

export const f32 = Math.fround;

export const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** rne(numerator / denominator) in exact integers, denominator > 0. */
export function divideRoundHalfEven(numerator: bigint, denominator: bigint): bigint {
  let quotient = numerator / denominator;
  let rest = numerator % denominator;
  if (rest < 0n) {
    quotient -= 1n;
    rest += denominator;
  }
  const twice = 2n * rest;
  return twice > denominator || (twice === denominator && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}

/** x = mantissa * 2^exponent with 0.5 <= |mantissa| < 1 (C's frexp); 0 gives 0 and 0. Exact, subnormals included. */
export function frexp(x: number): { readonly mantissa: number; readonly exponent: number } {
  if (x === 0 || !Number.isFinite(x)) return { mantissa: x, exponent: 0 };
  let exponent = 0;
  let mantissa = x;
  if (Math.abs(mantissa) < 2 ** -1000) {
    mantissa *= 2 ** 1000;
    exponent = -1000;
  } else if (Math.abs(mantissa) >= 2 ** 1000) {
    mantissa *= 2 ** -1000;
    exponent = 1000;
  }
  const power = Math.floor(Math.log2(Math.abs(mantissa))) + 1;
  mantissa /= 2 ** power;
  exponent += power;
  if (Math.abs(mantissa) >= 1) return { mantissa: mantissa / 2, exponent: exponent + 1 };
  if (Math.abs(mantissa) < 0.5) return { mantissa: mantissa * 2, exponent: exponent - 1 };
  return { mantissa, exponent };
}
