import type { MultiplierDeclaration } from '../../hardware/pipeline.ts';
import type { Row } from '../riscv/row.ts';

/** An integer of 64 bits as two words, the low one first; one of 32 bits is sign-extended. */
export type Wide = readonly [low: number, high: number];

/** How a product or quotient reads its operands. */
export interface Kind {
  readonly width: 32 | 64;
  /** Of the core's registers, and so of its divider. */
  readonly xlen: 32 | 64;
  readonly signed: boolean;
  /** The upper half of a product, which needs all bits of the first factor. */
  readonly upper: boolean;
  /** What is left by a quotient. */
  readonly remainder: boolean;
}
export function kindOf({ row: { mnemonic } }: { readonly row: Row }, xlen: 32 | 64): Kind {
  const word = mnemonic.endsWith('w');
  return {
    width: word ? 32 : xlen,
    xlen,
    signed: !/u/.test(mnemonic.slice(mnemonic.startsWith('mul') ? 3 : 0)),
    upper: mnemonic.startsWith('mulh'),
    remainder: mnemonic.startsWith('rem'),
  };
}

/** Significant bits of an unsigned number: 0 has none. */
const bits = ([low, high]: Wide, width: 32 | 64): number => (width === 64 && high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(low));

/** What the first factor adds to a product: a cycle for each step of bits beyond the first one. A negative one has all bits. */
export function productSurplus(factor: Wide, { width, upper }: Kind, { bits: step, most }: MultiplierDeclaration): number {
  return upper ? most[width] : Math.min(most[width], Math.floor(Math.max(0, bits(factor, width) - 1) / step));
}

/**
 * What the operands add to a quotient: a cycle for each of its bits, by their widths, where 0 has the width of 1. The divider skips the others by a distance
 * that it computes modulo its own width: for a dividend that is narrower than the divisor it skips next to nothing. Source: MulDiv.scala of Rocket.
 */
export function quotientSurplus(
  dividend: Wide,
  divisor: Wide,
  { width, xlen, signed, remainder }: Kind,
  { negative }: MultiplierDeclaration,
): number {
  const isNegative = (value: Wide): boolean => signed && (width === 64 ? value[1] : value[0]) < 0;
  const magnitude = (value: Wide): number => bits(isNegative(value) ? negated(value) : value, width);
  const isZero = magnitude(divisor) === 0;
  const [negativeDividend, negativeDivisor] = [isNegative(dividend), isNegative(divisor)];
  const negativeResult = remainder ? negativeDividend : negativeDividend !== negativeDivisor && !isZero;
  const signs = (negativeDividend || negativeDivisor ? negative : 0) + (negativeResult ? negative : 0);
  const digits = Math.max(1, magnitude(dividend)) - Math.max(1, magnitude(divisor)) + 1;
  const most = xlen - 1;
  return (isZero ? most : Math.min(most, digits < 1 ? digits + xlen : digits)) + signs;
}

const negated = ([low, high]: Wide): Wide => [-low | 0, low === 0 ? -high | 0 : ~high];
