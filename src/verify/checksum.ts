import type { Tensor } from '../numeric/tensor.ts';

const limit = (1n << 64n) - 1n;
/** 131^exponent modulo 2^64. */
const power = (exponent: number): bigint => (131n ** BigInt(exponent)) & limit;

/** The older flow's checksum of a tensor's bytes, little-endian, modulo 2^64: h = 131 h + byte, from 0 on. */
export function checksum({ data }: Tensor): bigint {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let hash = 0n;
  for (let at = 0; at < bytes.length; ) {
    let [part, count] = [0, 0]; // six bytes times 131^5 stay below 2^53
    for (; count < 6 && at < bytes.length; count++, at++) part = 131 * part + bytes[at]!;
    hash = (hash * power(count) + BigInt(part)) & limit;
  }
  return hash;
}
