import type { NumberArray, Tensor } from '../numeric/tensor.ts';

/** Bytes that are written before the first run, and where. */
interface Writing {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** The engine's memory while it is laid out: places are given from the bottom up, nothing is written yet. */
export interface Layout {
  /** A place of so many bytes, on a cache line. */
  reserve(bytes: number): number;
  /** A place that holds these bytes from the start on; the same array twice has one place. */
  hold(data: Uint8Array | Int16Array | Int32Array): number;
  readonly writings: readonly Writing[];
  readonly end: () => number;
}

const line = 64;

export function layout(base: number): Layout {
  let next = base;
  const writings: Writing[] = [];
  const held = new Map<object, number>();
  const reserve = (bytes: number): number => {
    const address = Math.ceil(next / line) * line;
    next = address + bytes;
    return address;
  };
  return {
    reserve,
    hold(data) {
      const known = held.get(data);
      if (known !== undefined) return known;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const address = reserve(bytes.length);
      writings.push({ address, bytes });
      held.set(data, address);
      return address;
    },
    writings,
    end: () => next,
  };
}

/** The bytes of a constant as C reads them: 64-bit integers are doubles in a Tensor. Little-endian, like WebAssembly and every machine that runs it. */
export function constantBytes({ type, data }: Tensor): Uint8Array {
  const held: NumberArray | BigInt64Array = type.dtype === 'i64' ? BigInt64Array.from(Array.from(data, BigInt)) : data;
  return new Uint8Array(held.buffer, held.byteOffset, held.byteLength);
}
