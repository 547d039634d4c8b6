/**
 * What Gemmini's accumulator gives out as int8: clamp(rne(f32(f32(sum) * multiplier))), the product rounded to float32, then to the nearest
 * integer, ties to even. It does not fall as the sum rises where the multiplier is positive: each of its steps does not. It is the same for
 * -sum and -multiplier, whose product is the same.
 */
export function readOut(sum: number, multiplier: number): number {
  const product = Math.fround(Math.fround(sum) * multiplier);
  if (product >= 127) return 127;
  return product <= -128 ? -128 : product + integral - integral;
}

/** Adding and taking away 1.5 * 2^52 leaves a double without a fraction, rounded to the nearest, ties to even. */
const integral = 1.5 * 2 ** 52;

/** The float32 just below a power of two. */
const below = (power: number): number => power * (1 - 2 ** -24);

/** libgemmini adds 1 in float32 before it cuts the fraction off, which rounds up where the product is the float32 below a power of two. */
const quirks = Array.from({ length: 7 }, (_, exponent) => 2 ** exponent);

/** Sums up to this are float32 themselves, and their products with a multiplier differ from each other by more than float32 rounds. */
const largestSum = 2 ** 24;

/**
 * Whether libgemmini, which Spike runs, reads the sums from `low` to `high` out as the hardware does: no product is one of its quirks. Only
 * the sums next to 2^k / multiplier can have such a product. False for sums that are no float32.
 */
export function libgemminiAgrees(multiplier: number, low: number, high: number): boolean {
  if (multiplier === 0) return true;
  if (Math.max(-low, high) > largestSum) return false;
  for (const power of quirks) {
    const near = Math.round(power / multiplier);
    for (const middle of [near, -near])
      for (let sum = Math.max(middle - 1, low); sum <= Math.min(middle + 1, high); sum++)
        if (Math.abs(Math.fround(sum * multiplier)) === below(power)) return false;
  }
  return true;
}
