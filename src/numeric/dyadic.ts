import { frexp, roundHalfAway, roundHalfEven } from './rounding.ts';

/** One addend of a requantisation: how many output steps one integer of it is, and the largest |integer|. */
export interface DyadicTerm {
  readonly ratio: number;
  readonly limit: number;
}

/** rne((sum of x_t * multipliers[t] + bias) / 2^exponent); `inexact` is true when that cannot stand for the real ratios closely enough. */
export interface Dyadic {
  readonly multipliers: readonly number[];
  readonly bias: number;
  readonly exponent: number;
  readonly inexact: boolean;
}

const maxExponent = 62;

/** The 31-bit multiplier and exponent of one ratio (docs/numbers.md, Requantisation). */
export function dyadicRatio(ratio: number): { readonly multiplier: number; readonly exponent: number } {
  if (ratio === 0) return { multiplier: 0, exponent: 31 };
  const { mantissa, exponent: power } = frexp(ratio);
  const rounded = roundHalfAway(mantissa * 2 ** 31);
  const exponent = 31 - power;
  if (Math.abs(rounded) === 2 ** 31) return capped(ratio, rounded / 2, exponent - 1);
  return capped(ratio, rounded, exponent);
}

const capped = (ratio: number, multiplier: number, exponent: number) =>
  exponent > maxExponent ? { multiplier: roundHalfAway(ratio * 2 ** maxExponent), exponent: maxExponent } : { multiplier, exponent };

/**
 * M, B and E of docs/numbers.md, Requantisation, for any number of terms.
 * @param terms ratio = s_x * s_w * g / s_y of each term, and max|acc|
 * @param bias in output steps, bias / s_y
 * @param bits of the result
 */
export function dyadicConstants(terms: readonly DyadicTerm[], bias: number, bits: number): Dyadic {
  const saturated = terms.reduce((sum, { ratio, limit }) => sum + limit * Math.abs(ratio), 0) + 2 ** bits + 1;
  const limited = Math.min(Math.max(bias, -saturated), saturated);
  const own = terms.map(({ ratio }) => dyadicRatio(ratio));
  const live = own.filter((_, index) => terms[index]!.ratio !== 0);
  let exponent = live.length > 0 ? Math.max(...live.map((ratio) => ratio.exponent)) : 31;

  const multiplierAt = (index: number): number => {
    const { multiplier, exponent: e } = own[index]!;
    return e <= exponent ? multiplier * 2 ** (exponent - e) : roundHalfAway(terms[index]!.ratio * 2 ** exponent);
  };
  const constants = () => ({ multipliers: terms.map((_, index) => multiplierAt(index)), bias: roundHalfEven(limited * 2 ** exponent) });
  const reach = ({ multipliers, bias: b }: ReturnType<typeof constants>) =>
    multipliers.reduce((sum, multiplier, index) => sum + terms[index]!.limit * Math.abs(multiplier), Math.abs(b));

  let found = constants();
  while (exponent > 0 && reach(found) >= 2 ** 62) {
    exponent -= 1;
    found = constants();
  }
  const tolerance = 2 ** (Math.max(bits, 8) - 28);
  const offset = found.bias === 0 ? 0 : 1;
  const inexact = terms.some(({ ratio, limit }, index) => {
    if (ratio === 0 || own[index]!.exponent < exponent) return false;
    return 2 ** -(exponent + 1) * (offset + Math.min(limit, 2 ** bits / Math.abs(ratio))) > tolerance;
  });
  return { ...found, exponent, inexact: inexact || (live.length > 0 && exponent < 1) };
}

/** The multiplier and exponent of a mean: rne(sum * M / (count * 2^E)), both sides of the division below 2^62. */
export function dyadicMeanConstants(
  ratio: number,
  limit: number,
  count: number,
): { readonly multiplier: number; readonly exponent: number } {
  const { multiplier, exponent } = dyadicRatio(ratio);
  let lowered = exponent;
  const at = (e: number) => (e === exponent ? multiplier : roundHalfAway(ratio * 2 ** e));
  while (lowered > 0 && (count * 2 ** lowered >= 2 ** 62 || limit * Math.abs(at(lowered)) >= 2 ** 62)) lowered -= 1;
  return { multiplier: at(lowered), exponent: lowered };
}
