import * as exact from './exact.ts';
import { binary32, binary64 } from './exact.ts';
import { type FloatStatus, flag, rounding } from './status.ts';

/**
 * Double precision on pairs of int32 words, low word first. Every operation returns the low word and leaves the high word in
 * `status.high`. Rounding to nearest uses the host's own doubles where a residue proves whether the result is exact
 * (Knuth's two-sum, Dekker's two-product, Boldo and Melquiond's fused multiply-add); everything else is the exact arithmetic.
 */
const words = new Int32Array(6);
const doubles = new Float64Array(words.buffer);
const longs = new BigInt64Array(words.buffer);

const signMask = 0x80000000 | 0;
const canonicalHigh = 0x7ff80000;

const isNaNBits = (low: number, high: number): boolean => {
  const magnitude = high & 0x7fffffff;
  return magnitude > 0x7ff00000 || (magnitude === 0x7ff00000 && low !== 0);
};
const isSignalling = (low: number, high: number): boolean => isNaNBits(low, high) && (high & 0x80000) === 0;

export const bitsOf = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** Hands 64 bits to the caller. */
export function leave(bits: bigint, status: FloatStatus): number {
  longs[2] = bits;
  status.high = words[5]!;
  return words[4]!;
}
/** Hands a double that is not a NaN to the caller. */
function leaveDouble(value: number, status: FloatStatus): number {
  doubles[2] = value;
  status.high = words[5]!;
  return words[4]!;
}

function load(index: 0 | 1 | 2, low: number, high: number): number {
  words[2 * index] = low;
  words[2 * index + 1] = high;
  return doubles[index]!;
}

/** The double as a host number, for reading its value: the bits of a NaN may be lost. */
export const toNumber = (low: number, high: number): number => load(0, low, high);

/** x * y - product, exact while neither operand nor the product is near the ends of the exponent range (Dekker). */
function productResidue(x: number, y: number, product: number): number {
  const xScaled = 134217729 * x;
  const yScaled = 134217729 * y;
  const xHead = xScaled - (xScaled - x);
  const yHead = yScaled - (yScaled - y);
  const xTail = x - xHead;
  const yTail = y - yHead;
  return xTail * yTail - (product - xHead * yHead - xTail * yHead - xHead * yTail);
}
/** x + y - sum, exact unless the sum overflows (Knuth). */
function sumResidue(x: number, y: number, sum: number): number {
  const part = sum - x;
  return x - (sum - part) + (y - part);
}

/** Between these magnitudes a product of two values, its residue and the splitting by 2^27 + 1 neither overflow nor underflow. */
const least = 2 ** -400;
const greatest = 2 ** 400;
const isModerate = (value: number): boolean => {
  const magnitude = Math.abs(value);
  return magnitude >= least && magnitude <= greatest;
};

/** Products with a zero are exact, and common. */
const hasZero = (x: number, y: number): boolean => x === 0 || y === 0;

export function add(aLow: number, aHigh: number, bLow: number, bHigh: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const x = load(0, aLow, aHigh);
    const y = load(1, bLow, bHigh);
    const sum = x + y;
    if (Math.abs(sum) < 2 ** 1022) {
      if (sumResidue(x, y, sum) !== 0) status.flags |= flag.inexact;
      return leaveDouble(sum, status);
    }
  }
  return leave(exact.add(binary64, bitsOf(aLow, aHigh), bitsOf(bLow, bHigh), mode, status), status);
}

export const subtract = (aLow: number, aHigh: number, bLow: number, bHigh: number, mode: number, status: FloatStatus): number =>
  add(aLow, aHigh, bLow, bHigh ^ signMask, mode, status);

export function multiply(aLow: number, aHigh: number, bLow: number, bHigh: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const x = load(0, aLow, aHigh);
    const y = load(1, bLow, bHigh);
    if (isModerate(x) && isModerate(y)) {
      const product = x * y;
      if (productResidue(x, y, product) !== 0) status.flags |= flag.inexact;
      return leaveDouble(product, status);
    }
    if (hasZero(x, y) && x * y === 0) return leaveDouble(x * y, status);
  }
  return leave(exact.multiply(binary64, bitsOf(aLow, aHigh), bitsOf(bLow, bHigh), mode, status), status);
}

export function divide(aLow: number, aHigh: number, bLow: number, bHigh: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const x = load(0, aLow, aHigh);
    const y = load(1, bLow, bHigh);
    const quotient = x / y;
    if (isModerate(x) && isModerate(y) && isModerate(quotient)) {
      const back = quotient * y;
      if (x - back !== productResidue(quotient, y, back)) status.flags |= flag.inexact;
      return leaveDouble(quotient, status);
    }
    if (x === 0 && quotient === 0) return leaveDouble(quotient, status);
  }
  return leave(exact.divide(binary64, bitsOf(aLow, aHigh), bitsOf(bLow, bHigh), mode, status), status);
}

export function squareRoot(aLow: number, aHigh: number, mode: number, status: FloatStatus): number {
  if (mode === rounding.nearestEven) {
    const x = load(0, aLow, aHigh);
    if (x > 0 && isModerate(x)) {
      const root = Math.sqrt(x);
      const square = root * root;
      if (square !== x || productResidue(root, root, square) !== 0) status.flags |= flag.inexact;
      return leaveDouble(root, status);
    }
    if (x === 0) return leaveDouble(x, status);
  }
  return leave(exact.squareRoot(binary64, bitsOf(aLow, aHigh), mode, status), status);
}

/** A sum and its residue rounded to odd: an even sum that is not exact gives way to its odd neighbour on the residue's side. */
export function roundedToOdd(sum: number, residue: number): number {
  if (residue === 0) return sum;
  doubles[2] = sum;
  if ((words[4]! & 1) === 1) return sum;
  if (residue > 0 !== sum > 0 && words[4] === 0) words[5]! -= 1;
  words[4]! += residue > 0 === sum > 0 ? 1 : -1;
  return doubles[2]!;
}

/** a * b + c with one rounding. The other three forms of RISC-V flip the sign bits of a and c before. */
export function fusedMultiplyAdd(
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
  cLow: number,
  cHigh: number,
  mode: number,
  status: FloatStatus,
): number {
  if (mode === rounding.nearestEven) {
    const x = load(0, aLow, aHigh);
    const y = load(1, bLow, bHigh);
    const z = load(2, cLow, cHigh);
    if (isModerate(x) && isModerate(y) && (z === 0 || isModerate(z))) {
      // Boldo and Melquiond 2008: the two tails are added with rounding to odd, so that the last addition rounds as if it were the only one.
      const head = x * y;
      const tail = productResidue(x, y, head);
      const middle = z + tail;
      const low = sumResidue(z, tail, middle);
      const high = head + middle;
      const rest = sumResidue(head, middle, high);
      const tails = low + rest;
      const odd = roundedToOdd(tails, sumResidue(low, rest, tails));
      const result = high + odd;
      if (sumResidue(high, odd, result) !== 0) status.flags |= flag.inexact;
      return leaveDouble(result, status);
    }
    if (hasZero(x, y) && Number.isFinite(x * y + z)) return leaveDouble(x * y + z, status);
  }
  return leave(exact.fusedMultiplyAdd(binary64, bitsOf(aLow, aHigh), bitsOf(bLow, bHigh), bitsOf(cLow, cHigh), mode, status), status);
}

/** feq.d: quiet, only a signalling NaN raises NV. */
export function equal(aLow: number, aHigh: number, bLow: number, bHigh: number, status: FloatStatus): 0 | 1 {
  if (isSignalling(aLow, aHigh) || isSignalling(bLow, bHigh)) status.flags |= flag.invalid;
  return load(0, aLow, aHigh) === load(1, bLow, bHigh) ? 1 : 0;
}
/** flt.d: signalling, any NaN raises NV. */
export function lessThan(aLow: number, aHigh: number, bLow: number, bHigh: number, status: FloatStatus): 0 | 1 {
  if (isNaNBits(aLow, aHigh) || isNaNBits(bLow, bHigh)) status.flags |= flag.invalid;
  return load(0, aLow, aHigh) < load(1, bLow, bHigh) ? 1 : 0;
}
/** fle.d: signalling, any NaN raises NV. */
export function lessOrEqual(aLow: number, aHigh: number, bLow: number, bHigh: number, status: FloatStatus): 0 | 1 {
  if (isNaNBits(aLow, aHigh) || isNaNBits(bLow, bHigh)) status.flags |= flag.invalid;
  return load(0, aLow, aHigh) <= load(1, bLow, bHigh) ? 1 : 0;
}

/** The order of fmin and fmax: by value, and -0 before +0. */
const isBefore = (aLow: number, aHigh: number, bLow: number, bHigh: number): boolean => {
  const x = load(0, aLow, aHigh);
  const y = load(1, bLow, bHigh);
  return x < y || (x === y && aHigh < 0 && bHigh >= 0);
};
function select(first: boolean, aLow: number, aHigh: number, bLow: number, bHigh: number, status: FloatStatus): number {
  if (isSignalling(aLow, aHigh) || isSignalling(bLow, bHigh)) status.flags |= flag.invalid;
  const aIsNaN = isNaNBits(aLow, aHigh);
  const bIsNaN = isNaNBits(bLow, bHigh);
  if (aIsNaN && bIsNaN) {
    status.high = canonicalHigh;
    return 0;
  }
  const takesA = bIsNaN || (!aIsNaN && first);
  status.high = takesA ? aHigh : bHigh;
  return takesA ? aLow : bLow;
}
/** fmin.d of version 2.2: minimumNumber of IEEE 754-2019, one NaN gives way to the other operand. */
export const minimum = (aLow: number, aHigh: number, bLow: number, bHigh: number, status: FloatStatus): number =>
  select(isBefore(aLow, aHigh, bLow, bHigh), aLow, aHigh, bLow, bHigh, status);
export const maximum = (aLow: number, aHigh: number, bLow: number, bHigh: number, status: FloatStatus): number =>
  select(isBefore(bLow, bHigh, aLow, aHigh), aLow, aHigh, bLow, bHigh, status);

/** The high words of fsgnj.d, fsgnjn.d and fsgnjx.d; the low word is that of a. */
export const signFrom = (aHigh: number, bHigh: number): number => (aHigh & 0x7fffffff) | (bHigh & signMask);
export const signFromNegated = (aHigh: number, bHigh: number): number => (aHigh & 0x7fffffff) | (~bHigh & signMask);
export const signsMultiplied = (aHigh: number, bHigh: number): number => aHigh ^ (bHigh & signMask);

/** fclass.d: one of ten bits, from -infinity (bit 0) over the zeros (3, 4) to +infinity (7), a signalling (8) and a quiet NaN (9). */
export function classify(low: number, high: number): number {
  if (isNaNBits(low, high)) return isSignalling(low, high) ? 1 << 8 : 1 << 9;
  const exponent = (high >>> 20) & 0x7ff;
  const isZero = ((high & 0x7fffffff) | low) === 0;
  const size = isZero ? 0 : exponent === 0 ? 1 : exponent < 0x7ff ? 2 : 3;
  return 1 << (high < 0 ? 3 - size : 4 + size);
}

/** A double rounded to an integral double, which is exact in every mode. */
function roundedToIntegral(value: number, mode: number): number {
  const whole = Math.trunc(value);
  if (whole === value) return value;
  switch (mode) {
    case rounding.towardZero:
      return whole;
    case rounding.down:
      return Math.floor(value);
    case rounding.up:
      return Math.ceil(value);
    default: {
      const rest = Math.abs(value - whole);
      const isAway = rest > 0.5 || (rest === 0.5 && (mode === rounding.nearestMaxMagnitude || whole % 2 !== 0));
      return isAway ? whole + Math.sign(value) : whole;
    }
  }
}

/** fcvt.w(u).d of a value that is already a host number; a NaN may be any. Used by single precision too. */
export function numberToInt32(value: number, isSigned: boolean, mode: number, status: FloatStatus): number {
  const rounded = roundedToIntegral(value, mode);
  const bottom = isSigned ? -(2 ** 31) : 0;
  const top = isSigned ? 2 ** 31 - 1 : 2 ** 32 - 1;
  if (rounded >= bottom && rounded <= top) {
    if (rounded !== value) status.flags |= flag.inexact;
    return rounded | 0;
  }
  status.flags |= flag.invalid;
  return (rounded < bottom ? bottom : top) | 0;
}

/** fcvt.l(u).d of a host number: the low word, the high word in the status. */
export function numberToInt64(value: number, isSigned: boolean, mode: number, status: FloatStatus): number {
  const rounded = roundedToIntegral(value, mode);
  if (rounded >= (isSigned ? -(2 ** 63) : 0) && rounded < (isSigned ? 2 ** 63 : 2 ** 64)) {
    if (rounded !== value) status.flags |= flag.inexact;
    const high = Math.floor(rounded / 2 ** 32);
    status.high = high | 0;
    return (rounded - high * 2 ** 32) | 0;
  }
  status.flags |= flag.invalid;
  const isLow = rounded < 0;
  status.high = isSigned ? (isLow ? signMask : 0x7fffffff) : isLow ? 0 : -1;
  return isLow ? 0 : -1;
}

export const toInt32 = (low: number, high: number, mode: number, status: FloatStatus): number =>
  numberToInt32(load(0, low, high), true, mode, status);
/** fcvt.wu.d: the 32 bits as an int32, which RV64 sign-extends. */
export const toUint32 = (low: number, high: number, mode: number, status: FloatStatus): number =>
  numberToInt32(load(0, low, high), false, mode, status);
export const toInt64 = (low: number, high: number, mode: number, status: FloatStatus): number =>
  numberToInt64(load(0, low, high), true, mode, status);
export const toUint64 = (low: number, high: number, mode: number, status: FloatStatus): number =>
  numberToInt64(load(0, low, high), false, mode, status);

export const fromInt32 = (value: number, status: FloatStatus): number => leaveDouble(value, status);
export const fromUint32 = (value: number, status: FloatStatus): number => leaveDouble(value >>> 0, status);

function fromWords(low: number, high: number, mode: number, status: FloatStatus): number {
  const upper = high * 2 ** 32;
  const lower = low >>> 0;
  const sum = upper + lower;
  const isInexact = sumResidue(upper, lower, sum) !== 0;
  if (isInexact && mode !== rounding.nearestEven)
    return leave(exact.fromInteger(binary64, BigInt(upper) + BigInt(lower), mode, status), status);
  if (isInexact) status.flags |= flag.inexact;
  return leaveDouble(sum, status);
}
export const fromInt64 = (low: number, high: number, mode: number, status: FloatStatus): number => fromWords(low, high, mode, status);
export const fromUint64 = (low: number, high: number, mode: number, status: FloatStatus): number =>
  fromWords(low, high >>> 0, mode, status);

const singleWord = new Int32Array(1);
const single = new Float32Array(singleWord.buffer);
/** fcvt.d.s: exact. */
export function fromSingle(bits: number, status: FloatStatus): number {
  singleWord[0] = bits;
  const value = single[0]!;
  if (!Number.isNaN(value)) return leaveDouble(value, status);
  return leave(exact.convert(binary32, binary64, BigInt(bits >>> 0), rounding.nearestEven, status), status);
}
