import * as exact from './exact.ts';
import { binary32, binary64 } from './exact.ts';
import { bitsOf, numberToInt32, numberToInt64, roundedToOdd, toNumber } from './f64.ts';
import { type FloatStatus, flag, rounding } from './status.ts';

/**
 * Single precision on int32 words. Rounding to nearest uses the host's doubles: a double has more than twice the bits of a single plus
 * two, so rounding a double result of add, multiply, divide or square root once more gives the correctly rounded single (Figueroa 1995).
 */
const words = new Int32Array(4);
const singles = new Float32Array(words.buffer);

const signMask = 0x80000000 | 0;
const canonical = 0x7fc00000;
const isNaNBits = (bits: number): boolean => (bits & 0x7fffffff) > 0x7f800000;
const isSignalling = (bits: number): boolean => isNaNBits(bits) && (bits & 0x400000) === 0;

const big = (bits: number): bigint => BigInt(bits >>> 0);
const small = (bits: bigint): number => Number(BigInt.asIntN(32, bits));

function load(index: 0 | 1 | 2, bits: number): number {
  words[index] = bits;
  return singles[index]!;
}
function store(value: number): number {
  singles[0] = value;
  return words[0]!;
}

/** Smaller than this, a double rounds to less than 2^-126 when exponents have no bound: it is tiny. */
const tiny = 2 ** -126 - 2 ** -151;
const greatest = 2 ** 127;

/** Rounds a double result that is finite and below 2^127; `residue` is not zero when the double itself is not exact. */
function narrow(value: number, residue: number, status: FloatStatus): number {
  const single = Math.fround(value);
  if (single !== value || residue !== 0) status.flags |= Math.abs(value) < tiny ? flag.inexact | flag.underflow : flag.inexact;
  return store(single);
}

/** x + y - sum, exact unless the sum overflows (Knuth). */
function sumResidue(x: number, y: number, sum: number): number {
  const part = sum - x;
  return x - (sum - part) + (y - part);
}

export function add(a: number, b: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const x = load(0, a);
    const y = load(1, b);
    const sum = x + y;
    if (Math.abs(sum) < greatest) return narrow(sum, sumResidue(x, y, sum), status);
  }
  return small(exact.add(binary32, big(a), big(b), mode, status));
}

export const subtract = (a: number, b: number, mode: number, status: FloatStatus): number => add(a, b ^ signMask, mode, status);

export function multiply(a: number, b: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const product = load(0, a) * load(1, b);
    if (Math.abs(product) < greatest) return narrow(product, 0, status);
  }
  return small(exact.multiply(binary32, big(a), big(b), mode, status));
}

export function divide(a: number, b: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const x = load(0, a);
    const y = load(1, b);
    const quotient = x / y;
    // A single quotient times a single divisor is exact in a double, so a rounded quotient shows itself.
    if (Math.abs(quotient) < greatest && Math.abs(y) < Number.POSITIVE_INFINITY)
      return narrow(quotient, Math.fround(quotient) * y - x, status);
  }
  return small(exact.divide(binary32, big(a), big(b), mode, status));
}

export function squareRoot(a: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const x = load(0, a);
    if (x >= 0 && x < Number.POSITIVE_INFINITY) {
      const root = Math.sqrt(x);
      const single = Math.fround(root);
      return narrow(root, single * single - x, status);
    }
  }
  return small(exact.squareRoot(binary32, big(a), mode, status));
}

/** a * b + c with one rounding. The other three forms of RISC-V flip the sign bits of a and c before. */
export function fusedMultiplyAdd(a: number, b: number, c: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const product = load(0, a) * load(1, b);
    const z = load(2, c);
    const sum = product + z;
    if (Math.abs(sum) < greatest) {
      // The product is exact. The sum rounded to odd keeps what the last rounding needs to know.
      const residue = sumResidue(product, z, sum);
      return narrow(roundedToOdd(sum, residue), residue, status);
    }
  }
  return small(exact.fusedMultiplyAdd(binary32, big(a), big(b), big(c), mode, status));
}

/** feq.s: quiet, only a signalling NaN raises NV. */
export function equal(a: number, b: number, status: FloatStatus): 0 | 1 {
  if (isSignalling(a) || isSignalling(b)) status.flags |= flag.invalid;
  return load(0, a) === load(1, b) ? 1 : 0;
}
/** flt.s: signalling, any NaN raises NV. */
export function lessThan(a: number, b: number, status: FloatStatus): 0 | 1 {
  if (isNaNBits(a) || isNaNBits(b)) status.flags |= flag.invalid;
  return load(0, a) < load(1, b) ? 1 : 0;
}
/** fle.s: signalling, any NaN raises NV. */
export function lessOrEqual(a: number, b: number, status: FloatStatus): 0 | 1 {
  if (isNaNBits(a) || isNaNBits(b)) status.flags |= flag.invalid;
  return load(0, a) <= load(1, b) ? 1 : 0;
}

/** The order of fmin and fmax: by value, and -0 before +0. */
const isBefore = (a: number, b: number): boolean => {
  const x = load(0, a);
  const y = load(1, b);
  return x < y || (x === y && a < 0 && b >= 0);
};
function select(first: boolean, a: number, b: number, status: FloatStatus): number {
  if (isSignalling(a) || isSignalling(b)) status.flags |= flag.invalid;
  if (isNaNBits(a)) return isNaNBits(b) ? canonical : b;
  return first || isNaNBits(b) ? a : b;
}
/** fmin.s of version 2.2: minimumNumber of IEEE 754-2019, one NaN gives way to the other operand. */
export const minimum = (a: number, b: number, status: FloatStatus): number => select(isBefore(a, b), a, b, status);
export const maximum = (a: number, b: number, status: FloatStatus): number => select(isBefore(b, a), a, b, status);

/** fsgnj.s, fsgnjn.s and fsgnjx.s. */
export const signFrom = (a: number, b: number): number => (a & 0x7fffffff) | (b & signMask);
export const signFromNegated = (a: number, b: number): number => (a & 0x7fffffff) | (~b & signMask);
export const signsMultiplied = (a: number, b: number): number => a ^ (b & signMask);

/** fclass.s: one of ten bits, from -infinity (bit 0) over the zeros (3, 4) to +infinity (7), a signalling (8) and a quiet NaN (9). */
export function classify(bits: number): number {
  if (isNaNBits(bits)) return isSignalling(bits) ? 1 << 8 : 1 << 9;
  const magnitude = bits & 0x7fffffff;
  const size = magnitude === 0 ? 0 : magnitude < 0x800000 ? 1 : magnitude < 0x7f800000 ? 2 : 3;
  return 1 << (bits < 0 ? 3 - size : 4 + size);
}

export const toInt32 = (bits: number, mode: number, status: FloatStatus): number => numberToInt32(load(0, bits), true, mode, status);
/** fcvt.wu.s: the 32 bits as an int32, which RV64 sign-extends. */
export const toUint32 = (bits: number, mode: number, status: FloatStatus): number => numberToInt32(load(0, bits), false, mode, status);
/** fcvt.l.s and fcvt.lu.s: the low word, the high word in the status. */
export const toInt64 = (bits: number, mode: number, status: FloatStatus): number => numberToInt64(load(0, bits), true, mode, status);
export const toUint64 = (bits: number, mode: number, status: FloatStatus): number => numberToInt64(load(0, bits), false, mode, status);

/** A host integer of up to 53 bits. */
function fromNumber(value: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven || Math.fround(value) === value) return narrow(value, 0, status);
  return small(exact.fromInteger(binary32, BigInt(value), mode, status));
}
export const fromInt32 = (value: number, mode: number, status: FloatStatus): number => fromNumber(value, mode, status);
export const fromUint32 = (value: number, mode: number, status: FloatStatus): number => fromNumber(value >>> 0, mode, status);

function fromWords(low: number, high: number, mode: number, status: FloatStatus): number {
  const value = high * 2 ** 32 + (low >>> 0);
  if (Math.abs(value) <= 2 ** 53) return fromNumber(value, mode, status);
  return small(exact.fromInteger(binary32, (BigInt(high) << 32n) | big(low), mode, status));
}
export const fromInt64 = (low: number, high: number, mode: number, status: FloatStatus): number => fromWords(low, high, mode, status);
export const fromUint64 = (low: number, high: number, mode: number, status: FloatStatus): number =>
  fromWords(low, high >>> 0, mode, status);

/** fcvt.s.d. */
export function fromDouble(low: number, high: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const value = toNumber(low, high);
    if (Math.abs(value) < greatest) return narrow(value, 0, status);
  }
  return small(exact.convert(binary64, binary32, bitsOf(low, high), mode, status));
}
