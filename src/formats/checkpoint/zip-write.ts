/** CRC-32 of ISO 3309, polynomial 0xEDB88320, byte by byte. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(bytes: Uint8Array): number {
  let value = -1;
  for (const byte of bytes) value = table[(value ^ byte) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

/** PyTorch aligns the elements of a storage, so that a file can be mapped into memory. */
const alignment = 64;
/** The id of an extra field that only pads: 'FB', as PyTorch has it. */
const paddingId = 0x4246;
/** 1 January 1980: the same tensors always give the same bytes. */
const firstDay = 0x21;
const headerBytes = 30;

const record = (...fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
};

/** A ZIP file of stored entries, whose data begin at multiples of 64. Beyond 4 GiB it would need ZIP64, which is a RangeError. */
export function printZip(entries: Iterable<readonly [name: string, data: Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let size = 0;
  const put = (...added: readonly Uint8Array[]): void => {
    for (const part of added) {
      parts.push(part);
      size += part.length;
    }
  };
  for (const [entry, data] of entries) {
    const name = new TextEncoder().encode(entry);
    const facts = [
      [2, 0],
      [2, 0x0800],
      [2, 0],
      [2, 0],
      [2, firstDay],
      [4, crc32(data)],
      [4, data.length],
      [4, data.length],
      [2, name.length],
    ] as const;
    const padding = alignment - ((size + headerBytes + name.length + 4) % alignment);
    const offset = size;
    put(record([4, 0x04034b50], ...facts, [2, 4 + padding]), name, record([2, paddingId], [2, padding]), new Uint8Array(padding), data);
    directory.push(record([4, 0x02014b50], [2, 0], ...facts, [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name);
  }
  const start = size;
  put(...directory);
  const count = directory.length / 2;
  put(record([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size - start], [4, start], [2, 0]));
  if (size > 0xffffffff || count > 0xffff) throw new RangeError(`${size} bytes in ${count} entries need ZIP64`);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
