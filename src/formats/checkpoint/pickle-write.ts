/** A pickle of protocol 2 or 3, operation by operation. */
export class PickleWriter {
  readonly #parts: Uint8Array[] = [];

  /** Operations and texts as they stand, of characters below 256. */
  raw(text: string): this {
    this.#parts.push(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    return this;
  }
  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    this.raw('X').#u32(bytes.length);
    this.#parts.push(bytes);
    return this;
  }
  /** A count from 0 to 2^31 - 1. */
  count(value: number): this {
    return value < 256 ? this.raw(`K${String.fromCharCode(value)}`) : this.raw('J').#u32(value);
  }
  global(module: string, name: string): this {
    return this.raw(`c${module}\n${name}\n`);
  }
  /** Bytes, of protocol 3. */
  content(bytes: Uint8Array): this {
    this.raw('B').#u32(bytes.length);
    this.#parts.push(bytes);
    return this;
  }
  counts(values: readonly number[]): this {
    this.raw('(');
    for (const value of values) this.count(value);
    return this.raw('t');
  }
  #u32(value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    this.#parts.push(bytes);
    return this;
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}
