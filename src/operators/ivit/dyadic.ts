import { f32, frexp, roundHalfAway, roundHalfEven } from '../../numeric/rounding.ts';

/**
 * M / 2^E of I-ViT's requantisation from scale s to z, as one double: M = the mantissa of s/z rounded half away to 31 bits, 2^31 included, and
 * negative where s is. fl64(x * M) / 2^E is fl64(x * (M / 2^E)), since a power of two scales every double exactly.
 */
export function dyadicMultiplier(s: number, z: number): number {
  const { mantissa, exponent } = frexp(s / z);
  return (roundHalfAway(mantissa * 2 ** 31) / 2 ** 31) * 2 ** exponent;
}

/** The integer that a module sees in the float32 x * s of another: f32(x * s) / s is 1 ulp off for a tenth of the pairs. */
export const recovered = (x: number, s: number): number => roundHalfEven(f32(f32(f32(x) * s) / s));

/** Below this every integer is recovered: two roundings to 24 bits move it by less than a half. */
export const alwaysRecovered = 2 ** 22;

/** Quantises a float by the float32 reciprocal of its scale, as I-ViT's SymmetricQuantFunction does. */
export const quantised = (x: number, scale: number): number => roundHalfEven(f32(f32(1 / f32(scale)) * f32(x)));
