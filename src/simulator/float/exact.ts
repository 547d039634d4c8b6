import { type FloatStatus, flag, rounding } from './status.ts';

/**
 * IEEE 754-2019 binary arithmetic as the standard defines it: the exact result as an integer times a power of two, then one rounding.
 * Values are bit patterns in bigints, whatever the format. Tininess is detected after rounding and every NaN result is the canonical
 * one, as the RISC-V "F" chapter asks.
 */
export interface Format {
  readonly exponentBits: number;
  readonly fractionBits: number;
}

export const binary32: Format = { exponentBits: 8, fractionBits: 23 };
export const binary64: Format = { exponentBits: 11, fractionBits: 52 };

/** (-1)^negative * magnitude * 2^exponent. */
interface Finite {
  readonly kind: 'finite';
  readonly negative: boolean;
  readonly magnitude: bigint;
  readonly exponent: number;
}
type Unpacked = Finite | { readonly kind: 'infinite'; readonly negative: boolean } | { readonly kind: 'nan'; readonly signalling: boolean };

const bias = ({ exponentBits }: Format): number => 2 ** (exponentBits - 1) - 1;
const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
/** The exponent of a subnormal's last bit: 2^-149 or 2^-1074 is the smallest step of the format. */
const smallestStep = (format: Format): number => 1 - bias(format) - format.fractionBits;

const signBit = ({ exponentBits, fractionBits }: Format): bigint => 1n << BigInt(exponentBits + fractionBits);
const infinity = (format: Format, negative: boolean): bigint =>
  (ones(format.exponentBits) << BigInt(format.fractionBits)) | (negative ? signBit(format) : 0n);
const zero = (format: Format, negative: boolean): bigint => (negative ? signBit(format) : 0n);
/** The quiet NaN with sign 0 and no payload. */
const canonicalNaN = (format: Format): bigint => infinity(format, false) | (1n << BigInt(format.fractionBits - 1));

function unpack(format: Format, bits: bigint): Unpacked {
  const { exponentBits, fractionBits } = format;
  const negative = (bits & signBit(format)) !== 0n;
  const biased = Number((bits >> BigInt(fractionBits)) & ones(exponentBits));
  const fraction = bits & ones(fractionBits);
  if (biased === 2 ** exponentBits - 1)
    return fraction === 0n ? { kind: 'infinite', negative } : { kind: 'nan', signalling: fraction >> BigInt(fractionBits - 1) === 0n };
  const magnitude = biased === 0 ? fraction : fraction | (1n << BigInt(fractionBits));
  return { kind: 'finite', negative, magnitude, exponent: Math.max(biased, 1) - 1 + smallestStep(format) };
}

/** How many bits a magnitude has; 0 for 0. */
function bitLength(magnitude: bigint): number {
  if (magnitude === 0n) return 0;
  const digits = magnitude.toString(16);
  return 4 * (digits.length - 1) + 32 - Math.clz32(Number.parseInt(digits[0]!, 16));
}

/** round(magnitude / 2^shift) by the mode; with shift <= 0 the quotient is exact. */
function roundShift(negative: boolean, magnitude: bigint, shift: number, mode: number): { quotient: bigint; inexact: boolean } {
  if (shift <= 0) return { quotient: magnitude << BigInt(-shift), inexact: false };
  const quotient = magnitude >> BigInt(shift);
  const rest = magnitude & ones(shift);
  const half = 1n << BigInt(shift - 1);
  const away =
    mode === rounding.nearestEven
      ? rest > half || (rest === half && (quotient & 1n) === 1n)
      : mode === rounding.nearestMaxMagnitude
        ? rest >= half
        : mode === rounding.up
          ? rest !== 0n && !negative
          : mode === rounding.down && rest !== 0n && negative;
  return { quotient: away ? quotient + 1n : quotient, inexact: rest !== 0n };
}

/** The one rounding of every operation: an exact non-zero value into the format, with OF, UF and NX. */
function round(format: Format, { negative, magnitude, exponent }: Finite, mode: number, status: FloatStatus): bigint {
  const precision = format.fractionBits + 1;
  const least = smallestStep(format);
  /** The step between neighbours of the value if exponents had no lower bound. */
  const unboundedStep = exponent + bitLength(magnitude) - precision;
  const step = Math.max(unboundedStep, least);
  const { quotient, inexact } = roundShift(negative, magnitude, step - exponent, mode);
  // The implicit bit of a normal quotient adds one to the exponent field, and so does a carry out of the fraction.
  const bits = (BigInt(step - least) << BigInt(format.fractionBits)) + quotient;
  if (bits >= infinity(format, false)) {
    status.flags |= flag.overflow | flag.inexact;
    const stays = mode === rounding.towardZero || mode === (negative ? rounding.up : rounding.down);
    return infinity(format, negative) - (stays ? 1n : 0n);
  }
  if (inexact) {
    status.flags |= flag.inexact;
    const unbounded = roundShift(negative, magnitude, unboundedStep - exponent, mode).quotient;
    if (unboundedStep + bitLength(unbounded) < least + precision) status.flags |= flag.underflow;
  }
  return zero(format, negative) | bits;
}

function invalid(format: Format, status: FloatStatus): bigint {
  status.flags |= flag.invalid;
  return canonicalNaN(format);
}

/** A NaN operand makes a canonical NaN; a signalling one also raises NV. */
function propagate(format: Format, status: FloatStatus, ...operands: Unpacked[]): bigint {
  return operands.some((x) => x.kind === 'nan' && x.signalling) ? invalid(format, status) : canonicalNaN(format);
}

const signed = ({ negative, magnitude }: Finite): bigint => (negative ? -magnitude : magnitude);
/** x + y, exactly. A sum of zero is +0, but -0 when rounding down or when both are -0. */
function exactSum(format: Format, x: Finite, y: Finite, mode: number, status: FloatStatus): bigint {
  const exponent = Math.min(x.exponent, y.exponent);
  const sum = (signed(x) << BigInt(x.exponent - exponent)) + (signed(y) << BigInt(y.exponent - exponent));
  if (sum === 0n) {
    const bothZero = x.magnitude === 0n && y.magnitude === 0n;
    return zero(format, bothZero && x.negative === y.negative ? x.negative : mode === rounding.down);
  }
  return round(format, { kind: 'finite', negative: sum < 0n, magnitude: sum < 0n ? -sum : sum, exponent }, mode, status);
}

const product = (x: Finite, y: Finite): Finite => ({
  kind: 'finite',
  negative: x.negative !== y.negative,
  magnitude: x.magnitude * y.magnitude,
  exponent: x.exponent + y.exponent,
});
const isZero = (x: Unpacked): boolean => x.kind === 'finite' && x.magnitude === 0n;

export function add(format: Format, a: bigint, b: bigint, mode: number, status: FloatStatus): bigint {
  const x = unpack(format, a);
  const y = unpack(format, b);
  if (x.kind === 'nan' || y.kind === 'nan') return propagate(format, status, x, y);
  if (x.kind === 'infinite' && y.kind === 'infinite' && x.negative !== y.negative) return invalid(format, status);
  if (x.kind === 'infinite') return a;
  if (y.kind === 'infinite') return b;
  return exactSum(format, x, y, mode, status);
}

export const subtract = (format: Format, a: bigint, b: bigint, mode: number, status: FloatStatus): bigint =>
  add(format, a, b ^ signBit(format), mode, status);

export function multiply(format: Format, a: bigint, b: bigint, mode: number, status: FloatStatus): bigint {
  const x = unpack(format, a);
  const y = unpack(format, b);
  if (x.kind === 'nan' || y.kind === 'nan') return propagate(format, status, x, y);
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinite' || y.kind === 'infinite') return isZero(x) || isZero(y) ? invalid(format, status) : infinity(format, negative);
  return isZero(x) || isZero(y) ? zero(format, negative) : round(format, product(x, y), mode, status);
}

/** a * b + c with one rounding. Infinity times zero is invalid even when c is a quiet NaN. */
export function fusedMultiplyAdd(format: Format, a: bigint, b: bigint, c: bigint, mode: number, status: FloatStatus): bigint {
  const x = unpack(format, a);
  const y = unpack(format, b);
  const z = unpack(format, c);
  if ((x.kind === 'infinite' && isZero(y)) || (isZero(x) && y.kind === 'infinite')) return invalid(format, status);
  if (x.kind === 'nan' || y.kind === 'nan' || z.kind === 'nan') return propagate(format, status, x, y, z);
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinite' || y.kind === 'infinite')
    return z.kind === 'infinite' && z.negative !== negative ? invalid(format, status) : infinity(format, negative);
  return z.kind === 'infinite' ? c : exactSum(format, product(x, y), z, mode, status);
}

export function divide(format: Format, a: bigint, b: bigint, mode: number, status: FloatStatus): bigint {
  const x = unpack(format, a);
  const y = unpack(format, b);
  if (x.kind === 'nan' || y.kind === 'nan') return propagate(format, status, x, y);
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinite') return y.kind === 'infinite' ? invalid(format, status) : infinity(format, negative);
  if (y.kind === 'infinite') return zero(format, negative);
  if (y.magnitude === 0n) {
    if (x.magnitude === 0n) return invalid(format, status);
    status.flags |= flag.divideByZero;
    return infinity(format, negative);
  }
  if (x.magnitude === 0n) return zero(format, negative);
  // A quotient of at least precision + 2 bits: a last bit set for a remainder then only says "a little more".
  const shift = Math.max(0, format.fractionBits + 4 + bitLength(y.magnitude) - bitLength(x.magnitude));
  const dividend = x.magnitude << BigInt(shift);
  const sticky = dividend % y.magnitude === 0n ? 0n : 1n;
  const magnitude = (dividend / y.magnitude) | sticky;
  return round(format, { kind: 'finite', negative, magnitude, exponent: x.exponent - shift - y.exponent }, mode, status);
}

/** The largest integer whose square is at most `value`, by Newton's iteration from above. */
function integerSquareRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function squareRoot(format: Format, a: bigint, mode: number, status: FloatStatus): bigint {
  const x = unpack(format, a);
  if (x.kind === 'nan') return propagate(format, status, x);
  if (isZero(x)) return a;
  if (x.negative) return invalid(format, status);
  if (x.kind === 'infinite') return a;
  const wanted = Math.max(0, 2 * (format.fractionBits + 4) - bitLength(x.magnitude));
  const shift = wanted + ((x.exponent - wanted) & 1);
  const radicand = x.magnitude << BigInt(shift);
  const root = integerSquareRoot(radicand);
  const magnitude = root | (root * root === radicand ? 0n : 1n);
  return round(format, { kind: 'finite', negative: false, magnitude, exponent: (x.exponent - shift) / 2 }, mode, status);
}

/** From one format to another: widening is exact, narrowing rounds. */
export function convert(from: Format, to: Format, a: bigint, mode: number, status: FloatStatus): bigint {
  const x = unpack(from, a);
  if (x.kind === 'nan') return propagate(to, status, x);
  if (x.kind === 'infinite') return infinity(to, x.negative);
  return x.magnitude === 0n ? zero(to, x.negative) : round(to, x, mode, status);
}

/** An integer of any size into the format; 0 becomes +0. */
export function fromInteger(format: Format, value: bigint, mode: number, status: FloatStatus): bigint {
  const negative = value < 0n;
  return value === 0n ? 0n : round(format, { kind: 'finite', negative, magnitude: negative ? -value : value, exponent: 0 }, mode, status);
}

/** To an integer of `bits` bits: outside its range (and for a NaN, as if +infinity) it saturates with NV and without NX. */
export function toInteger(format: Format, a: bigint, bits: number, isSigned: boolean, mode: number, status: FloatStatus): bigint {
  const x = unpack(format, a);
  const least = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
  const greatest = ones(isSigned ? bits - 1 : bits);
  const saturate = (value: bigint): bigint => {
    status.flags |= flag.invalid;
    return value;
  };
  if (x.kind === 'nan') return saturate(greatest);
  if (x.kind === 'infinite') return saturate(x.negative ? least : greatest);
  const { quotient, inexact } = roundShift(x.negative, x.magnitude, -x.exponent, mode);
  const value = x.negative ? -quotient : quotient;
  if (value < least) return saturate(least);
  if (value > greatest) return saturate(greatest);
  if (inexact) status.flags |= flag.inexact;
  return value;
}
