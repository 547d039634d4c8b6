import { type ByteSource, bounded } from '../../../src/formats/checkpoint/source.ts';

/** A file that lies in memory. */
export const bytesSource = (bytes: Uint8Array): ByteSource =>
  bounded({ where: 'x.pth', size: bytes.length, read: async (offset, length) => Uint8Array.from(bytes.subarray(offset, offset + length)) });
