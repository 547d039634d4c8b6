/** Words and the two symbols of HTIF as an ELF that QEMU accepts: one segment, entered at its start. Offsets count from `address`. */
export interface Image {
  readonly bits: 32 | 64;
  readonly address: number;
  readonly content: Uint8Array;
  /** With the zeros behind the content. */
  readonly memoryBytes: number;
  readonly tohost: number;
  readonly fromhost: number;
}

const strings = '\0tohost\0fromhost\0';
const machineRiscv = 243;

export function elfOf({ bits, address, content, memoryBytes, tohost, fromhost }: Image): Uint8Array {
  const wide = bits === 64;
  const [headerSize, segmentSize, sectionSize, symbolSize] = wide ? [64, 56, 64, 24] : [52, 32, 40, 16];
  const contentAt = 0x1000;
  const symbolsAt = contentAt + content.length + (-content.length & 7);
  const stringsAt = symbolsAt + 3 * symbolSize;
  const sectionsAt = stringsAt + 24;
  const bytes = new Uint8Array(sectionsAt + 3 * sectionSize);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (size: 1 | 2 | 4, value: number): void => {
    if (size === 1) view.setUint8(at, value);
    else if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  };
  const long = (...values: number[]): void => values.forEach((value) => put(4, value));
  const half = (...values: number[]): void => values.forEach((value) => put(2, value));
  const word = (...values: number[]): void => values.forEach((value) => long(...(wide ? [value, 0] : [value])));

  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1]);
  at = 16;
  half(2, machineRiscv);
  long(1);
  word(address, headerSize, sectionsAt);
  long(0);
  half(headerSize, segmentSize, 1, sectionSize, 3, 0);
  at = headerSize;
  long(...(wide ? [1, 7] : [1]));
  word(contentAt, address, address, content.length, memoryBytes);
  if (!wide) long(7);
  word(0x1000);
  bytes.set(content, contentAt);
  for (const [index, offset] of [tohost, fromhost].entries()) {
    at = symbolsAt + (index + 1) * symbolSize;
    long(strings.indexOf(['\0tohost', '\0fromhost'][index]!) + 1);
    if (!wide) word(address + offset, 8);
    put(1, 0x11);
    put(1, 0);
    half(0xfff1);
    if (wide) word(address + offset, 8);
  }
  bytes.set(new TextEncoder().encode(strings), stringsAt);
  const section = (type: number, offset: number, size: number, link: number, entry: number): void => {
    long(0, type);
    word(0, 0, offset, size);
    long(link, 0);
    word(1, entry);
  };
  at = sectionsAt + sectionSize;
  section(2, symbolsAt, 3 * symbolSize, 2, symbolSize);
  section(3, stringsAt, strings.length, 0, 0);
  return bytes;
}
