import { mulHighUnsigned, ones, orCombine, reverseBytes, trailingZeros } from './bits.ts';
import { Core } from './core.ts';
import type { CoreOptions } from './state.ts';

/** RV32: a slot is a register. */
export class Core32 extends Core {
  readonly xlen = 32;

  constructor(options: CoreOptions) {
    super(options, 1);
  }

  set(to: number, value: number): void {
    this.x[to] = value;
  }
  setWords(to: number, low: number): void {
    this.x[to] = low;
  }
  setAddress(to: number, address: number): void {
    this.x[to] = address;
  }
  protected address(slot: number, offset: number): number {
    return (this.x[slot]! + offset) | 0;
  }

  copy(to: number, a: number): void {
    this.x[to] = this.x[a]!;
  }
  add(to: number, a: number, b: number): void {
    this.x[to] = this.x[a]! + this.x[b]!;
  }
  sub(to: number, a: number, b: number): void {
    this.x[to] = this.x[a]! - this.x[b]!;
  }
  and(to: number, a: number, b: number): void {
    this.x[to] = this.x[a]! & this.x[b]!;
  }
  or(to: number, a: number, b: number): void {
    this.x[to] = this.x[a]! | this.x[b]!;
  }
  xor(to: number, a: number, b: number): void {
    this.x[to] = this.x[a]! ^ this.x[b]!;
  }
  not(to: number, a: number): void {
    this.x[to] = ~this.x[a]!;
  }
  shiftLeft(to: number, a: number, b: number): void {
    this.x[to] = this.x[a]! << this.x[b]!;
  }
  shiftRight(to: number, a: number, b: number): void {
    this.x[to] = this.x[a]! >>> this.x[b]!;
  }
  shiftRightSigned(to: number, a: number, b: number): void {
    this.x[to] = this.x[a]! >> this.x[b]!;
  }
  equal(a: number, b: number): boolean {
    return this.x[a] === this.x[b];
  }
  less(a: number, b: number): boolean {
    return this.x[a]! < this.x[b]!;
  }
  lessUnsigned(a: number, b: number): boolean {
    return this.x[a]! >>> 0 < this.x[b]! >>> 0;
  }

  mul(to: number, a: number, b: number): void {
    this.x[to] = Math.imul(this.x[a]!, this.x[b]!);
  }
  mulHigh(to: number, a: number, b: number): void {
    this.x[to] = Number((BigInt(this.x[a]!) * BigInt(this.x[b]!)) >> 32n);
  }
  mulHighSignedUnsigned(to: number, a: number, b: number): void {
    this.x[to] = Number((BigInt(this.x[a]!) * BigInt(this.x[b]! >>> 0)) >> 32n);
  }
  mulHighUnsigned(to: number, a: number, b: number): void {
    this.x[to] = mulHighUnsigned(this.x[a]!, this.x[b]!);
  }
  div(to: number, a: number, b: number): void {
    this.x[to] = this.x[b] === 0 ? -1 : this.x[a]! / this.x[b]!;
  }
  divUnsigned(to: number, a: number, b: number): void {
    this.x[to] = this.x[b] === 0 ? -1 : (this.x[a]! >>> 0) / (this.x[b]! >>> 0);
  }
  rem(to: number, a: number, b: number): void {
    this.x[to] = this.x[b] === 0 ? this.x[a]! : this.x[a]! % this.x[b]!;
  }
  remUnsigned(to: number, a: number, b: number): void {
    this.x[to] = this.x[b] === 0 ? this.x[a]! : (this.x[a]! >>> 0) % (this.x[b]! >>> 0);
  }

  shiftAdd(to: number, a: number, b: number, distance: number): void {
    this.x[to] = (this.x[a]! << distance) + this.x[b]!;
  }
  rotateLeft(to: number, a: number, b: number): void {
    this.x[to] = (this.x[a]! << this.x[b]!) | (this.x[a]! >>> -this.x[b]!);
  }
  rotateRight(to: number, a: number, b: number): void {
    this.x[to] = (this.x[a]! >>> this.x[b]!) | (this.x[a]! << -this.x[b]!);
  }
  countLeadingZeros(to: number, a: number): void {
    this.x[to] = Math.clz32(this.x[a]!);
  }
  countTrailingZeros(to: number, a: number): void {
    this.x[to] = trailingZeros(this.x[a]!);
  }
  countOnes(to: number, a: number): void {
    this.x[to] = ones(this.x[a]!);
  }
  orCombine(to: number, a: number): void {
    this.x[to] = orCombine(this.x[a]!);
  }
  reverseBytes(to: number, a: number): void {
    this.x[to] = reverseBytes(this.x[a]!);
  }
  zeroExtend(to: number, a: number, bits: 16 | 32): void {
    this.x[to] = bits === 16 ? this.x[a]! & 0xffff : this.x[a]!;
  }

  readBig(slot: number): bigint {
    return BigInt(this.x[slot]! >>> 0);
  }
  writeBig(to: number, value: bigint): void {
    this.x[to] = Number(value & 0xffffffffn);
  }

  // What RV64 adds has no meaning here: no row of an RV32 profile asks for it.
  loadDouble(): void {
    this.trap('illegal instruction');
  }
  storeDouble(): void {
    this.trap('illegal instruction');
  }
  loadWordUnsigned(): void {
    this.trap('illegal instruction');
  }
}
