/** How an accumulator is scaled: as the RTL does, or as libgemmini does, which Spike runs. They differ where 1 more than a product rounds up. */
export type Rounding = 'rtl' | 'libgemmini';
export const roundings = ['rtl', 'libgemmini'] as const satisfies readonly Rounding[];

/** int32 or int8, times a float32, to an int8. With `relu` what is negative becomes 0: the value on the RTL, the result in libgemmini. */
export type Scale = (value: number, scale: number, relu?: boolean) => number;

/** Adding and taking away 1.5 * 2^52 leaves a double without a fraction, rounded to the nearest, ties to even. */
const integral = 1.5 * 2 ** 52;

/** The product is rounded to float32, then to the nearest integer, ties to even; NaN saturates upwards, as RISC-V converts it. */
function scaleAsRtl(value: number, scale: number, relu = false): number {
  const product = Math.fround(Math.fround(relu ? Math.max(0, value) : value) * scale);
  if (!(product < 127)) return 127;
  return product <= -128 ? -128 : product + integral - integral;
}

/** Rounds with a neighbour that is computed in float32, and has the least integer for everything that is none. */
function scaleAsLibgemmini(value: number, scale: number, relu = false): number {
  const product = Math.fround(Math.fround(value) * scale);
  const least = relu ? 0 : -128;
  if (!(Math.abs(product) < 2 ** 63)) return least;
  const here = Math.trunc(product);
  const next = Math.trunc(Math.fround(product < 0 ? product - 1 : product + 1));
  const rest = Math.abs(Math.fround(product - here));
  const rounded = rest < 0.5 || (rest === 0.5 && here % 2 === 0) ? here : next;
  return Math.max(least, Math.min(127, rounded)) | 0;
}

export const scales: { readonly [rounding in Rounding]: Scale } = { rtl: scaleAsRtl, libgemmini: scaleAsLibgemmini };

/** An arithmetic shift to the right, rounded to the nearest, ties to even. */
export function shiftRight(value: number, distance: number): number {
  if (distance === 0) return value;
  const floor = value >> distance;
  const rest = value - floor * 2 ** distance;
  const half = 2 ** (distance - 1);
  return rest > half || (rest === half && (floor & 1) === 1) ? floor + 1 : floor;
}

export const saturate = (value: number, bits: number): number => Math.max(-(2 ** (bits - 1)), Math.min(2 ** (bits - 1) - 1, value));
