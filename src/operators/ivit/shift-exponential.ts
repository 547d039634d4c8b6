import { f32 } from '../../numeric/rounding.ts';

/** The constants of I-ViT's exponential by shifts: n is 15 in IntSoftmax, 23 in IntGELU. */
export interface ShiftExponential {
  readonly n: number;
  /** floor(-1/s), one power of e in steps of the scale, negative. */
  readonly x0: number;
}

export const shiftExponential = (n: number, scale: number): ShiftExponential => ({ n, x0: Math.floor(-f32(1 / f32(scale))) });

/** About 2^n * |x0| * exp(v * s): each f32() is one float32 operation of I-ViT. */
export function exponential(v: number, { n, x0 }: ShiftExponential): number {
  const logarithm = f32(f32(v + Math.floor(v / 2)) - Math.floor(v / 16));
  const limited = Math.max(logarithm, f32(n * x0));
  const k = Math.floor(f32(limited / x0));
  const rest = f32(limited - f32(x0 * k));
  return Math.max(Math.floor(f32(f32(f32(rest / 2) - x0) * f32(2 ** (n - k)))), 0);
}

/** floor(2^31 / den) in float32, den limited to 2^31. */
export const reciprocal = (den: number): number => Math.floor(f32(2 ** 31 / Math.min(den, 2 ** 31)));
