import { BadInput } from '../errors.ts';
import { Cursor } from './cursor.ts';

/** What the loader puts into memory. Addresses are bytes; `data` may be shorter than `size`: zeros follow. */
export interface Segment {
  /** Where its code expects it. */
  readonly address: number;
  /** Where it is loaded; start code may copy it from here to `address`. */
  readonly loadAddress: number;
  readonly data: Uint8Array;
  readonly size: number;
  readonly executable: boolean;
  readonly writable: boolean;
}

export interface Section {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  /** Empty for one that has no bytes in the file, such as .bss. */
  readonly data: Uint8Array;
  readonly executable: boolean;
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly kind: 'function' | 'object' | 'other';
}

/** A RISC-V program or object file: ELF, little-endian. */
export interface Elf {
  readonly bits: 32 | 64;
  readonly kind: 'relocatable' | 'executable' | 'shared';
  readonly entry: number;
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];
  /** The defined symbols with a name, in the order of their addresses. */
  readonly symbols: readonly ElfSymbol[];
  /** The instruction set that the compiler noted in .riscv.attributes, such as rv64i2p1_m2p0; absent where it noted none. */
  readonly isa?: string;
}

const machineRiscv = 243;
const kinds: ReadonlyMap<number, Elf['kind']> = new Map([
  [1, 'relocatable'],
  [2, 'executable'],
  [3, 'shared'],
]);
const segmentLoad = 1;
const sectionSymbols = 2;
const sectionNoBits = 8;
const sectionRiscvAttributes = 0x7000_0003;

/** Numbers of the ELF specification, gABI 4.1: the sizes of the three table entries. */
const sizes = { 32: { segment: 32, section: 40, symbol: 16 }, 64: { segment: 56, section: 64, symbol: 24 } } as const;

interface Header {
  readonly bits: 32 | 64;
  readonly kind: Elf['kind'];
  readonly entry: number;
  readonly segments: Table;
  readonly sections: Table;
  readonly nameSection: number;
}

interface Table {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

interface RawSection {
  readonly nameOffset: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/**
 * Reads a RISC-V ELF file of 32 or 64 bits. Every malformed file is a BadInput about `where`. The values' bytes are views of `bytes`.
 * Source: System V ABI, chapters 4 and 5; RISC-V ELF psABI.
 */
export function parseElf(bytes: Uint8Array, where: string): Elf {
  const header = readHeader(bytes, where);
  const { bits, kind, entry } = header;
  const cursorAt = cursors(bytes, where);
  const segments = entries(header.segments, sizes[bits].segment, cursorAt, 'program header').flatMap((cursor) =>
    readSegment(cursor, bits, cursorAt),
  );
  const raw = entries(header.sections, sizes[bits].section, cursorAt, 'section header').map((cursor) => readSection(cursor, bits));
  const dataOf = (section: RawSection): Uint8Array =>
    section.type === sectionNoBits ? new Uint8Array(0) : cursorAt(section.offset).take(section.size);
  const nameTable = raw[header.nameSection];
  const names = nameTable ? dataOf(nameTable) : new Uint8Array(0);
  const sections = raw.map((section) => ({
    name: textAt(names, section.nameOffset, where),
    address: section.address,
    size: section.size,
    data: dataOf(section),
    executable: (section.flags & 4) !== 0,
  }));
  const symbols = raw
    .filter(({ type }) => type === sectionSymbols)
    .flatMap((section) => readSymbols(dataOf(section), dataOf(raw[section.link] ?? section), bits, where))
    .sort((a, b) => a.address - b.address);
  const attributes = raw.find(({ type }) => type === sectionRiscvAttributes);
  const isa = attributes && isaOf(dataOf(attributes));
  return { bits, kind, entry, segments, sections, symbols, ...(isa === undefined ? {} : { isa }) };
}

function readHeader(bytes: Uint8Array, where: string): Header {
  const refuse = (found: string, expected: string, remedy = 'build the program for a bare-metal RISC-V machine'): never => {
    throw new BadInput({ where, found, expected, remedy });
  };
  if (bytes.length < 4 || new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) !== 0x7f454c46)
    refuse('no ELF signature at its start', 'a RISC-V ELF file');
  const cursor = new Cursor(bytes, where);
  cursor.skip(4);
  const width = cursor.u8();
  const order = cursor.u8();
  cursor.skip(10);
  const bits = width === 1 ? 32 : width === 2 ? 64 : refuse(`ELF class ${width}`, 'class 1 (32 bits) or 2 (64 bits)');
  if (order !== 1) refuse(order === 2 ? 'big-endian data' : `data encoding ${order}`, 'little-endian data');
  const type = cursor.u16();
  const kind = kinds.get(type) ?? refuse(`ELF type ${type}`, 'an executable or an object file');
  const machine = cursor.u16();
  if (machine !== machineRiscv) refuse(`a program for machine ${machine}`, `one for RISC-V (${machineRiscv})`);
  cursor.skip(4);
  const entry = cursor.word(bits);
  const segmentOffset = cursor.word(bits);
  const sectionOffset = cursor.word(bits);
  cursor.skip(6);
  const [segmentSize, segmentCount, sectionSize, sectionCount, nameSection] = Array.from({ length: 5 }, () => cursor.u16());
  return {
    bits,
    kind,
    entry,
    segments: { offset: segmentOffset, entrySize: segmentSize!, count: segmentCount! },
    sections: { offset: sectionOffset, entrySize: sectionSize!, count: sectionOffset === 0 ? 0 : sectionCount! },
    nameSection: nameSection!,
  };
}

/** Cursors at any offset of the file. */
function cursors(bytes: Uint8Array, where: string) {
  return (offset: number): Cursor => {
    const cursor = new Cursor(bytes, where);
    cursor.skip(offset);
    return cursor;
  };
}

/** A cursor for each entry of a table, which holds that entry alone. */
function entries({ offset, entrySize, count }: Table, size: number, cursorAt: (offset: number) => Cursor, what: string): Cursor[] {
  if (count === 0) return [];
  const table = cursorAt(offset);
  if (entrySize !== size) table.refuse(`a ${what} of ${entrySize} bytes`, `one of ${size}`);
  return Array.from({ length: count }, () => new Cursor(table.take(size), table.where));
}

function readSegment(cursor: Cursor, bits: 32 | 64, cursorAt: (offset: number) => Cursor): Segment[] {
  if (cursor.u32() !== segmentLoad) return [];
  const early = bits === 64 ? cursor.u32() : 0; // the flags stand here for 64 bits, and before the alignment for 32
  const [offset, address, loadAddress, stored, size] = Array.from({ length: 5 }, () => cursor.word(bits));
  const flags = bits === 64 ? early : cursor.u32();
  if (size === 0) return [];
  if (stored! > size!) cursor.refuse(`a segment of ${size} bytes with ${stored} in the file`, 'at most as many in the file');
  if (Math.max(address!, loadAddress!) + size! > (bits === 64 ? 2 ** 53 : 2 ** 32))
    cursor.refuse(`a segment of ${size} bytes at 0x${Math.max(address!, loadAddress!).toString(16)}`, 'one that ends in the address space');
  const data = cursorAt(offset!).take(stored!);
  return [{ address: address!, loadAddress: loadAddress!, data, size: size!, executable: (flags & 1) !== 0, writable: (flags & 2) !== 0 }];
}

function readSection(cursor: Cursor, bits: 32 | 64): RawSection {
  const nameOffset = cursor.u32();
  const type = cursor.u32();
  const [flags, address, offset, size] = Array.from({ length: 4 }, () => cursor.word(bits));
  return { nameOffset, type, flags: flags! & 0xff, address: address!, offset: offset!, size: size!, link: cursor.u32() };
}

function textAt(table: Uint8Array, offset: number, where: string): string {
  const cursor = new Cursor(table, where);
  if (offset >= table.length) return '';
  cursor.skip(offset);
  return cursor.string();
}

const symbolKinds: Readonly<Record<number, ElfSymbol['kind']>> = { 1: 'object', 2: 'function' };

function readSymbols(data: Uint8Array, names: Uint8Array, bits: 32 | 64, where: string): ElfSymbol[] {
  const cursor = new Cursor(data, where);
  const symbols: ElfSymbol[] = [];
  for (let count = Math.floor(data.length / sizes[bits].symbol); count > 0; count--) {
    const symbol = bits === 64 ? readSymbol64(cursor) : readSymbol32(cursor);
    const name = textAt(names, symbol.nameOffset, where);
    const type = symbol.info & 0xf;
    if (name === '' || symbol.section === 0 || type > 2 || isMark(name)) continue;
    symbols.push({ name, address: symbol.address, size: symbol.size, kind: symbolKinds[type] ?? 'other' });
  }
  return symbols;
}

/** `$x` and `$d` mark where code and data begin (psABI), `.L` are an assembler's own labels: they name nothing for a person. */
const isMark = (name: string): boolean => /^(\$[xd]|\.L)/.test(name);

interface RawSymbol {
  readonly nameOffset: number;
  readonly info: number;
  readonly section: number;
  readonly address: number;
  readonly size: number;
}

function readSymbol64(cursor: Cursor): RawSymbol {
  const nameOffset = cursor.u32();
  const info = cursor.u8();
  cursor.skip(1);
  const section = cursor.u16();
  return { nameOffset, info, section, address: absolute(cursor), size: absolute(cursor) };
}

/** An absolute symbol may be negative or a magic number beyond 2^53, which is no address: it is rounded, not refused. */
function absolute(cursor: Cursor): number {
  const low = cursor.u32();
  return cursor.u32() * 2 ** 32 + low;
}

function readSymbol32(cursor: Cursor): RawSymbol {
  const nameOffset = cursor.u32();
  const address = cursor.u32();
  const size = cursor.u32();
  const info = cursor.u8();
  cursor.skip(1);
  return { nameOffset, info, section: cursor.u16(), address, size };
}

/** The arch string stands as text behind its tag; its form is fixed enough to be found without the tags. */
const isaOf = (attributes: Uint8Array): string | undefined =>
  /rv(?:32|64)[a-z0-9_]+/.exec(String.fromCharCode(...attributes.subarray(0, 4096)))?.[0];
