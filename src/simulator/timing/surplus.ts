import type { MultiplierDeclaration } from '../../hardware/pipeline.ts';
import type { Row } from '../riscv/row.ts';

/** An integer of 64 bits as two words, the low one first; one of 32 bits is sign-extended. */
export type Wide = readonly [low: number, high: number];

/** How a product or quotient reads its operands. */
export interface Kind {
  readonly width: 32 | 64;
  readonly signed: boolean;
  /** The upper half of a product, which needs all bits of the first factor. */
  readonly upper: boolean;
}
export function kindOf({ row: { mnemonic } }: { readonly row: Row }, xlen: 32 | 64): Kind {
  const word = mnemonic.endsWith('w');
  return {
    width: word ? 32 : xlen,
    signed: !/u/.test(mnemonic.slice(mnemonic.startsWith('mul') ? 3 : 0)),
    upper: mnemonic.startsWith('mulh'),
  };
}

/** Significant bits of an unsigned number: 0 has none. */
const bits = ([low, high]: Wide, width: 32 | 64): number => (width === 64 && high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(low));

/** What the first factor adds to a product: a cycle for each step of bits beyond the first one. A negative one has all bits. */
export function productSurplus(factor: Wide, { width, upper }: Kind, { bits: step, most }: MultiplierDeclaration): number {
  return upper ? most[width] : Math.min(most[width], Math.floor(Math.max(0, bits(factor, width) - 1) / step));
}

/** What the operands add to a quotient: a cycle for each of its bits, by their widths. */
export function quotientSurplus(
  dividend: Wide,
  divisor: Wide,
  { width, signed }: Kind,
  { negative, byZero }: MultiplierDeclaration,
): number {
  const isNegative = (value: Wide): boolean => signed && (width === 64 ? value[1] : value[0]) < 0;
  const magnitude = (value: Wide): number => bits(isNegative(value) ? negated(value) : value, width);
  const signs = isNegative(dividend) || isNegative(divisor) ? negative : 0;
  if (magnitude(divisor) === 0) return width - byZero + signs;
  return Math.max(1, magnitude(dividend) - magnitude(divisor) + 1) + signs;
}

const negated = ([low, high]: Wide): Wide => [-low | 0, low === 0 ? -high | 0 : ~high];
