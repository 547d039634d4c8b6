import { mulHighUnsigned, ones, orCombine, reverseBytes, trailingZeros } from './bits.ts';
import { Core } from './core.ts';
import type { CoreOptions } from './state.ts';

const twoTo32 = 2 ** 32;

/** RV64: a slot is the low word of a register, the next one its high word. */
export class Core64 extends Core {
  readonly xlen = 64;
  readonly #signed = new BigInt64Array(this.x.buffer, this.x.byteOffset, this.x.length / 2);
  readonly #unsigned = new BigUint64Array(this.x.buffer, this.x.byteOffset, this.x.length / 2);

  constructor(options: CoreOptions) {
    super(options, 2);
  }

  set(to: number, value: number): void {
    this.x[to] = value;
    this.x[to + 1] = value >> 31;
  }
  setWords(to: number, low: number, high: number): void {
    this.x[to] = low;
    this.x[to + 1] = high;
  }
  setAddress(to: number, address: number): void {
    this.x[to] = address;
    this.x[to + 1] = 0;
  }
  protected address(slot: number, offset: number): number {
    const low = this.x[slot]!;
    const sum = (low + offset) | 0;
    const carry = sum >>> 0 < low >>> 0 ? 1 : 0;
    this.high = (this.x[slot + 1]! + (offset >> 31) + carry) | 0;
    return sum;
  }

  copy(to: number, a: number): void {
    const low = this.x[a]!;
    this.x[to + 1] = this.x[a + 1]!;
    this.x[to] = low;
  }
  add(to: number, a: number, b: number): void {
    const x = this.x;
    const low = x[a]!;
    const sum = (low + x[b]!) | 0;
    x[to + 1] = x[a + 1]! + x[b + 1]! + (sum >>> 0 < low >>> 0 ? 1 : 0);
    x[to] = sum;
  }
  sub(to: number, a: number, b: number): void {
    const x = this.x;
    const low = x[a]!;
    const other = x[b]!;
    x[to + 1] = x[a + 1]! - x[b + 1]! - (low >>> 0 < other >>> 0 ? 1 : 0);
    x[to] = low - other;
  }
  and(to: number, a: number, b: number): void {
    const x = this.x;
    x[to + 1] = x[a + 1]! & x[b + 1]!;
    x[to] = x[a]! & x[b]!;
  }
  or(to: number, a: number, b: number): void {
    const x = this.x;
    x[to + 1] = x[a + 1]! | x[b + 1]!;
    x[to] = x[a]! | x[b]!;
  }
  xor(to: number, a: number, b: number): void {
    const x = this.x;
    x[to + 1] = x[a + 1]! ^ x[b + 1]!;
    x[to] = x[a]! ^ x[b]!;
  }
  not(to: number, a: number): void {
    this.x[to + 1] = ~this.x[a + 1]!;
    this.x[to] = ~this.x[a]!;
  }
  shiftLeft(to: number, a: number, b: number): void {
    this.#shiftLeftBy(to, this.x[a]!, this.x[a + 1]!, this.x[b]! & 63);
  }
  #shiftLeftBy(to: number, low: number, high: number, distance: number): void {
    const x = this.x;
    if (distance >= 32) {
      x[to] = 0;
      x[to + 1] = low << distance;
    } else {
      x[to] = low << distance;
      x[to + 1] = distance === 0 ? high : (high << distance) | (low >>> -distance);
    }
  }
  shiftRight(to: number, a: number, b: number): void {
    const x = this.x;
    const low = x[a]!;
    const high = x[a + 1]!;
    const distance = x[b]! & 63;
    if (distance >= 32) {
      x[to] = high >>> distance;
      x[to + 1] = 0;
    } else {
      x[to] = distance === 0 ? low : (low >>> distance) | (high << -distance);
      x[to + 1] = high >>> distance;
    }
  }
  shiftRightSigned(to: number, a: number, b: number): void {
    const x = this.x;
    const low = x[a]!;
    const high = x[a + 1]!;
    const distance = x[b]! & 63;
    if (distance >= 32) {
      x[to] = high >> distance;
      x[to + 1] = high >> 31;
    } else {
      x[to] = distance === 0 ? low : (low >>> distance) | (high << -distance);
      x[to + 1] = high >> distance;
    }
  }
  equal(a: number, b: number): boolean {
    return this.x[a] === this.x[b] && this.x[a + 1] === this.x[b + 1];
  }
  less(a: number, b: number): boolean {
    const left = this.x[a + 1]!;
    const right = this.x[b + 1]!;
    return left < right || (left === right && this.x[a]! >>> 0 < this.x[b]! >>> 0);
  }
  lessUnsigned(a: number, b: number): boolean {
    const left = this.x[a + 1]! >>> 0;
    const right = this.x[b + 1]! >>> 0;
    return left < right || (left === right && this.x[a]! >>> 0 < this.x[b]! >>> 0);
  }

  mul(to: number, a: number, b: number): void {
    const x = this.x;
    const al = x[a]!;
    const bl = x[b]!;
    x[to + 1] = mulHighUnsigned(al, bl) + Math.imul(al, x[b + 1]!) + Math.imul(x[a + 1]!, bl);
    x[to] = Math.imul(al, bl);
  }
  mulHigh(to: number, a: number, b: number): void {
    this.#signed[to >> 1] = (this.#signed[a >> 1]! * this.#signed[b >> 1]!) >> 64n;
  }
  mulHighSignedUnsigned(to: number, a: number, b: number): void {
    this.#signed[to >> 1] = (this.#signed[a >> 1]! * this.#unsigned[b >> 1]!) >> 64n;
  }
  mulHighUnsigned(to: number, a: number, b: number): void {
    this.#unsigned[to >> 1] = (this.#unsigned[a >> 1]! * this.#unsigned[b >> 1]!) >> 64n;
  }
  div(to: number, a: number, b: number): void {
    if (this.#zero(b)) this.set(to, -1);
    else if (this.#safe(a) && this.#safe(b)) this.#setNumber(to, Math.trunc(this.#number(a) / this.#number(b)));
    else this.#signed[to >> 1] = this.#signed[a >> 1]! / this.#signed[b >> 1]!;
  }
  divUnsigned(to: number, a: number, b: number): void {
    if (this.#zero(b)) this.set(to, -1);
    else if (this.#natural(a) && this.#natural(b)) this.#setNumber(to, Math.trunc(this.#number(a) / this.#number(b)));
    else this.#unsigned[to >> 1] = this.#unsigned[a >> 1]! / this.#unsigned[b >> 1]!;
  }
  rem(to: number, a: number, b: number): void {
    if (this.#zero(b)) this.copy(to, a);
    else if (this.#safe(a) && this.#safe(b)) this.#setNumber(to, this.#number(a) % this.#number(b));
    else this.#signed[to >> 1] = this.#signed[a >> 1]! % this.#signed[b >> 1]!;
  }
  remUnsigned(to: number, a: number, b: number): void {
    if (this.#zero(b)) this.copy(to, a);
    else if (this.#natural(a) && this.#natural(b)) this.#setNumber(to, this.#number(a) % this.#number(b));
    else this.#unsigned[to >> 1] = this.#unsigned[a >> 1]! % this.#unsigned[b >> 1]!;
  }
  #zero(slot: number): boolean {
    return (this.x[slot]! | this.x[slot + 1]!) === 0;
  }
  /** Below 2^53 in magnitude a quotient of doubles, truncated, is the integer quotient. */
  #safe(slot: number): boolean {
    const high = this.x[slot + 1]!;
    return high < 0x200000 && high >= -0x200000;
  }
  #natural(slot: number): boolean {
    return this.x[slot + 1]! >>> 0 < 0x200000;
  }
  #number(slot: number): number {
    return this.x[slot + 1]! * twoTo32 + (this.x[slot]! >>> 0);
  }
  #setNumber(to: number, value: number): void {
    this.x[to] = value;
    this.x[to + 1] = Math.floor(value / twoTo32);
  }

  shiftAdd(to: number, a: number, b: number, distance: number): void {
    const x = this.x;
    const low = x[a]! << distance;
    const high = (x[a + 1]! << distance) | (x[a]! >>> (32 - distance));
    const sum = (low + x[b]!) | 0;
    x[to + 1] = high + x[b + 1]! + (sum >>> 0 < low >>> 0 ? 1 : 0);
    x[to] = sum;
  }
  rotateLeft(to: number, a: number, b: number): void {
    this.#rotateLeftBy(to, a, this.x[b]! & 63);
  }
  rotateRight(to: number, a: number, b: number): void {
    this.#rotateLeftBy(to, a, -this.x[b]! & 63);
  }
  #rotateLeftBy(to: number, a: number, distance: number): void {
    const swap = distance >= 32 ? 1 : 0;
    const low = this.x[a + swap]!;
    const high = this.x[a + 1 - swap]!;
    const rest = distance & 31;
    this.x[to] = rest === 0 ? low : (low << rest) | (high >>> -rest);
    this.x[to + 1] = rest === 0 ? high : (high << rest) | (low >>> -rest);
  }
  countLeadingZeros(to: number, a: number): void {
    const high = this.x[a + 1]!;
    this.set(to, high === 0 ? 32 + Math.clz32(this.x[a]!) : Math.clz32(high));
  }
  countTrailingZeros(to: number, a: number): void {
    const low = this.x[a]!;
    this.set(to, low === 0 ? 32 + trailingZeros(this.x[a + 1]!) : trailingZeros(low));
  }
  countOnes(to: number, a: number): void {
    this.set(to, ones(this.x[a]!) + ones(this.x[a + 1]!));
  }
  orCombine(to: number, a: number): void {
    this.x[to + 1] = orCombine(this.x[a + 1]!);
    this.x[to] = orCombine(this.x[a]!);
  }
  reverseBytes(to: number, a: number): void {
    const low = this.x[a]!;
    this.x[to] = reverseBytes(this.x[a + 1]!);
    this.x[to + 1] = reverseBytes(low);
  }
  zeroExtend(to: number, a: number, bits: 16 | 32): void {
    this.setAddress(to, bits === 16 ? this.x[a]! & 0xffff : this.x[a]!);
  }

  readBig(slot: number): bigint {
    return this.#unsigned[slot >> 1]!;
  }
  writeBig(to: number, value: bigint): void {
    this.#unsigned[to >> 1] = value;
  }

  loadDouble(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    if (this.direct(at, 8)) {
      this.x[to] = this.view.getInt32(at, true);
      this.x[to + 1] = this.view.getInt32(at + 4, true);
    } else {
      this.x[to] = this.readDouble(address, 'load');
      this.x[to + 1] = this.doubleHigh;
    }
  }
  storeDouble(base: number, offset: number, from: number): void {
    this.storeDoubleAt(base, offset, this.x[from]!, this.x[from + 1]!);
  }
  loadWordUnsigned(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    this.setAddress(to, this.direct(at, 4) ? this.view.getInt32(at, true) : this.read(address, 4, 'load'));
  }
}
