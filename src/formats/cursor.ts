import { BadInput } from '../errors.ts';

/** Reads little-endian values one after the other. What lies beyond the end is a BadInput about `where`, never an exception of the host. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly where: string;
  readonly #view: DataView;
  position = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.bytes = bytes;
    this.where = where;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  refuse(found: string, expected: string): never {
    throw new BadInput({ where: this.where, found, expected, remedy: 'build the program again' });
  }

  /** Steps over `count` bytes and gives the position of the first. */
  skip(count: number): number {
    const start = this.position;
    if (!(count >= 0 && count <= this.remaining))
      this.refuse(`${this.remaining} bytes where ${count} more are needed`, 'data that ends where it says');
    this.position += count;
    return start;
  }

  take(count: number): Uint8Array {
    const start = this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  u8(): number {
    return this.bytes[this.skip(1)]!;
  }
  i8(): number {
    return (this.u8() << 24) >> 24;
  }
  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }
  /** 64 bits as a number; from 2^53 on it is rounded, which is refused. */
  u64(): number {
    const low = this.u32();
    const value = this.u32() * 2 ** 32 + low;
    if (value > Number.MAX_SAFE_INTEGER) this.refuse(`the 64-bit value 0x${value.toString(16)}`, 'one below 2^53');
    return value;
  }
  /** A value as wide as the machine's addresses. */
  word(bits: 32 | 64): number {
    return bits === 64 ? this.u64() : this.u32();
  }

  /** LEB128 without a sign: seven bits a byte, the lowest first; the high bit says that more follow. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : this.refuse('a number of more than 53 bits', 'one below 2^53');
    }
  }
  /** LEB128 with a sign: bit 6 of the last byte is the sign. */
  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte >= 0x80) continue;
      if (byte & 0x40) value -= scale * 128;
      return Number.isSafeInteger(value) ? value : this.refuse('a number of more than 53 bits', 'one below 2^53');
    }
  }

  /** The text up to the next zero byte, which is read too. */
  string(): string {
    const end = this.bytes.indexOf(0, this.position);
    if (end < 0) this.refuse('a text without its zero byte', 'one that ends');
    const text = utf8.decode(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return text;
  }
}

const utf8 = new TextDecoder();
