import type { Operation, Place } from '../../../src/simulator/float/operations.ts';

/** One case: an instruction, a rounding mode and three registers of bits (unused ones are there all the same). */
export interface Vector {
  readonly operation: number;
  readonly mode: number;
  readonly operands: readonly [bigint, bigint, bigint];
}

/** xorshift64*, so that a failure comes again. */
export function random(seed: bigint): (bits: number) => bigint {
  let state = seed;
  return (bits) => {
    state ^= state >> 12n;
    state = BigInt.asUintN(64, state ^ (state << 25n));
    state ^= state >> 27n;
    return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn) >> BigInt(64 - bits);
  };
}

const formats = { s: { exponent: 8, fraction: 23 }, d: { exponent: 11, fraction: 52 } } as const;

/** Fractions where roundings are decided: few ones at the top, few at the bottom, runs, nothing, everything. */
function fraction(bits: number, next: (bits: number) => bigint): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  const at = next(8) % BigInt(bits);
  switch (Number(next(3))) {
    case 0:
      return 0n;
    case 1:
      return all - next(2);
    case 2:
      return next(2);
    case 3:
      return (1n << at) & all;
    case 4:
      return (all << at) & all;
    case 5:
      return (next(4) << BigInt(bits - 4)) | next(1);
    default:
      return next(bits);
  }
}

/** A float: any exponent, one of the ends, or one near the middle, where sums and products of several such values meet. */
function float({ exponent, fraction: bits }: { exponent: number; fraction: number }, next: (bits: number) => bigint): bigint {
  const top = (1n << BigInt(exponent)) - 1n;
  const bias = top >> 1n;
  const kind = Number(next(4));
  const field =
    kind === 0
      ? 0n
      : kind === 1
        ? top
        : kind === 2
          ? 1n + next(3)
          : kind === 3
            ? top - 1n - next(3)
            : kind < 6
              ? bias / 2n + next(5)
              : kind < 11
                ? bias - 8n + next(4)
                : kind < 13
                  ? bias + BigInt(bits) - 4n + next(4)
                  : next(exponent);
  return (((next(1) << BigInt(exponent)) | field) << BigInt(bits)) | fraction(bits, next);
}

const integer = (width: number, next: (bits: number) => bigint): bigint => {
  const size = Number(next(7) % BigInt(width)) + 1;
  return BigInt.asUintN(width, (next(1) ? -1n : 1n) * (next(2) ? next(size) : (1n << BigInt(size)) - 1n + next(1)));
};

const operand = (place: Place, next: (bits: number) => bigint): bigint =>
  place === 'w' ? integer(32, next) : place === 'l' ? integer(64, next) : float(formats[place], next);

const words = new BigUint64Array(2);
const doubles = new Float64Array(words.buffer);
const singles = new Float32Array(words.buffer);
/** a * b rounded: as an addend it leaves of a fused product little but what the rounding lost. */
function roundedProduct(place: Place, a: bigint, b: bigint): bigint {
  words.set([a, b]);
  if (place === 's') singles[0] = singles[0]! * singles[2]!;
  else doubles[0] = doubles[0]! * doubles[1]!;
  return BigInt.asUintN(place === 's' ? 32 : 64, words[0]!);
}

/** `count` cases of each instruction in each mode; second operands are often neighbours or negatives of the first, and addends of the product. */
export function vectors(operations: readonly Operation[], modes: readonly number[], count: number, seed = 1n): Vector[] {
  const next = random(seed * 0x9e3779b97f4a7c15n);
  return operations.flatMap(({ operands }, operation) =>
    modes.flatMap((mode) =>
      Array.from({ length: count }, (): Vector => {
        const a = operand(operands[0]!, next);
        const place = operands[1] ?? operands[0]!;
        const related = next(3) === 0n && place === operands[0] && (place === 's' || place === 'd');
        const b = related ? a ^ (next(1) << (place === 's' ? 31n : 63n)) ^ next(1) : operand(place, next);
        const c = operand(operands[2] ?? place, next);
        const cancels = operands.length === 3 && next(2) === 0n;
        return {
          operation,
          mode,
          operands: [a, b, cancels ? roundedProduct(place, a, b) ^ (next(1) << (place === 's' ? 31n : 63n)) ^ next(1) : c],
        };
      }),
    ),
  );
}

/** What a reference program reads: four 64-bit words a case. */
export function encode(cases: readonly Vector[]): BigUint64Array {
  return BigUint64Array.from(cases.flatMap(({ operation, mode, operands }) => [BigInt(operation) | (BigInt(mode) << 32n), ...operands]));
}
