import { Code } from '../code.ts';

/** Translated code as it outlives a run: modules, with what they were made from. */
export interface Kept {
  /** What the modules take for granted besides the code in memory. */
  readonly conditions: string;
  /** The code that was translated, where it lay. */
  readonly code: readonly CodeRange[];
  /** Addresses that are called. */
  readonly functions: readonly number[];
  /** In the order in which they take their slots. */
  readonly modules: readonly KeptModule[];
}
export interface CodeRange {
  readonly address: number;
  readonly bytes: Uint8Array;
}
export interface KeptModule {
  /** The address of the region in each of its slots. */
  readonly entries: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Numbers are LEB128, lists and bytes begin with their length. */
export function encodeKept({ conditions, code, functions, modules }: Kept): Uint8Array {
  const out = new Code();
  const bytes = (content: Uint8Array): void => {
    out.unsigned(content.length);
    out.append(content);
  };
  const list = <T>(items: readonly T[], write: (item: T) => void): void => {
    out.unsigned(items.length);
    for (const item of items) write(item);
  };
  bytes(new TextEncoder().encode(conditions));
  list(code, (range) => {
    out.unsigned(range.address);
    bytes(range.bytes);
  });
  list(functions, (address) => out.unsigned(address));
  list(modules, (module) => {
    list(module.entries, (address) => out.unsigned(address));
    bytes(module.bytes);
  });
  return out.view();
}

/** Undefined where the bytes are not what `encodeKept` writes: they come from a file that anybody may have written. */
export function decodeKept(from: Uint8Array): Kept | undefined {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 42; scale *= 128) {
      const byte = from[at++];
      if (byte === undefined) break;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new Malformed();
  };
  const bytes = (): Uint8Array<ArrayBuffer> => {
    const length = number();
    if (length > from.length - at) throw new Malformed();
    at += length;
    return new Uint8Array(from.subarray(at - length, at));
  };
  const list = <T>(read: () => T): T[] => {
    const count = number();
    if (count > from.length - at) throw new Malformed();
    return Array.from({ length: count }, read);
  };
  try {
    const kept = {
      conditions: new TextDecoder().decode(bytes()),
      code: list(() => ({ address: number(), bytes: bytes() })),
      functions: list(number),
      modules: list(() => ({ entries: list(number), bytes: bytes() })),
    };
    return at === from.length ? kept : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}
