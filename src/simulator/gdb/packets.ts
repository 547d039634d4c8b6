/**
 * Packets of GDB's remote serial protocol (GDB manual, appendix E.1): `$body#checksum`. Bodies are texts whose characters are bytes. `}` escapes the byte
 * behind it, which is sent xor 0x20.
 */
export type Received =
  | { readonly kind: 'packet'; readonly body: string }
  /** A packet whose checksum is wrong. */
  | { readonly kind: 'damaged' }
  | { readonly kind: 'acknowledged' }
  /** The other side wants the last packet again. */
  | { readonly kind: 'refused' }
  /** Ctrl-C. */
  | { readonly kind: 'interrupt' };

const checksum = (body: string): string => {
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum += body.charCodeAt(i);
  return (sum & 0xff).toString(16).padStart(2, '0');
};
const toggled = (character: string): string => String.fromCharCode(character.charCodeAt(0) ^ 0x20);

/** A reply as it is sent; `*` is escaped because it would repeat the character before it. */
export function frame(body: string): string {
  const escaped = body.replace(/[#$}*]/g, (character) => `}${toggled(character)}`);
  return `$${escaped}#${checksum(escaped)}`;
}

/** Longer than any packet that the session's answer to qSupported allows: what comes without an end is not kept. */
const longest = 1 << 20;

/** Finds the packets in a stream of bytes, which may come in any pieces. */
export class PacketReader {
  #pending = '';

  push(bytes: Uint8Array): Received[] {
    for (const byte of bytes) this.#pending += String.fromCharCode(byte);
    const received: Received[] = [];
    for (let next = this.#take(); next !== undefined; next = this.#take()) received.push(...next);
    return received;
  }

  /** The next thing in the stream, nothing for a byte that means nothing, undefined where more has to come. */
  #take(): Received[] | undefined {
    const first = this.#pending[0];
    if (first === undefined) return undefined;
    if (first !== '$') {
      this.#pending = this.#pending.slice(1);
      const single = { '+': 'acknowledged', '-': 'refused', '\x03': 'interrupt' } as const;
      return first in single ? [{ kind: single[first as keyof typeof single] }] : [];
    }
    const end = this.#pending.indexOf('#');
    if (end < 0 || end + 3 > this.#pending.length) {
      if (this.#pending.length > longest) this.#pending = '';
      return undefined;
    }
    const escaped = this.#pending.slice(1, end);
    const sum = this.#pending.slice(end + 1, end + 3).toLowerCase();
    this.#pending = this.#pending.slice(end + 3);
    if (sum !== checksum(escaped)) return [{ kind: 'damaged' }];
    return [{ kind: 'packet', body: escaped.replace(/\}(.)/gs, (_, character: string) => toggled(character)) }];
  }
}

/** Bytes as hexadecimal digits, the first byte first. */
export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
/** Undefined where the text is not made of pairs of hexadecimal digits. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
export const hexText = (text: string): string => toHex(new TextEncoder().encode(text));

/** A register value as the target's bytes, little endian. */
export function hexWord(value: bigint, bits: number): string {
  const digits = BigInt.asUintN(bits, value)
    .toString(16)
    .padStart(bits / 4, '0');
  return (digits.match(/../g) ?? []).reverse().join('');
}
export function wordOfHex(text: string): bigint | undefined {
  if (!/^([0-9a-f]{2})+$/i.test(text)) return undefined;
  return BigInt(`0x${(text.match(/../g) ?? []).reverse().join('')}`);
}
