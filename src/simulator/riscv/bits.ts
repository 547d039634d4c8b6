/** Integer functions of 32-bit words that JavaScript lacks. */

/** High word of the 64-bit product of two unsigned words, from 16-bit halves. */
export function mulHighUnsigned(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const middle = ah * bl + ((al * bl) >>> 16);
  const carry = (middle & 0xffff) + al * bh;
  return (ah * bh + (middle >>> 16) + (carry >>> 16)) | 0;
}
/** 32 for 0. */
export const trailingZeros = (a: number): number => (a === 0 ? 32 : 31 - Math.clz32(a & -a));
/** Counts the bits that are 1. */
export function ones(a: number): number {
  const pairs = a - ((a >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
/** Every byte that is not 0 becomes 0xff. */
export function orCombine(a: number): number {
  const folded = a | ((a >>> 1) & 0x7f7f7f7f);
  const more = folded | ((folded >>> 2) & 0x3f3f3f3f);
  return Math.imul((more | ((more >>> 4) & 0x0f0f0f0f)) & 0x01010101, 0xff);
}
export const reverseBytes = (a: number): number => (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24);
