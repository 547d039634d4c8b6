import { rv32, rv64 } from '../../src/hardware/rv64.ts';
import { assemble } from '../../src/simulator/riscv/assemble.ts';
import { profile } from '../../src/simulator/riscv/profile.ts';

export const base = 0x8000_0000;
const declarations = { 32: rv32, 64: rv64 } as const;

/** Lines of assembly or raw words as little-endian bytes. */
export function assembled(bits: 32 | 64, lines: readonly (string | number)[]): Uint8Array {
  const { rows } = profile(declarations[bits].cores[0].isa);
  const words = lines.map((line) => (typeof line === 'number' ? line : assemble(line, rows)));
  return new Uint8Array(Uint32Array.from(words).buffer);
}

export interface Parts {
  readonly bits: 32 | 64;
  /** At `base`; it is the program's entry. */
  readonly code: Uint8Array;
  readonly address?: number;
  readonly kind?: number;
  /** Functions and variables by their offset from `base`. */
  readonly symbols?: Readonly<Record<string, number>>;
  readonly memoryBytes?: number;
}

/** A program in the ELF format, made by hand: one segment, the sections .text, .symtab and .strtab. */
export function makeElf({ bits, code, address = base, kind = 2, symbols = {}, memoryBytes = code.length }: Parts): Uint8Array {
  const wide = bits === 64;
  const word = (value: number): number[] => {
    const low = [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
    return wide ? [...low, 0, 0, 0, 0] : low;
  };
  const half = (value: number): number[] => [value & 0xff, value >> 8];
  const long = (value: number): number[] => word(value).slice(0, 4);
  const sizes = wide ? { header: 64, segment: 56, section: 64, symbol: 24 } : { header: 52, segment: 32, section: 40, symbol: 16 };

  const names = Object.keys(symbols);
  const strings = `\0${names.map((name) => `${name}\0`).join('')}`;
  const nameAt = (name: string): number => strings.indexOf(`\0${name}\0`) + 1;
  const entries = names.flatMap((name) => {
    const value = word(address + symbols[name]!);
    return wide
      ? [...long(nameAt(name)), 2, 0, ...half(1), ...value, ...word(0)]
      : [...long(nameAt(name)), ...value, ...long(0), 2, 0, ...half(1)];
  });
  const codeAt = sizes.header + sizes.segment;
  const symbolsAt = codeAt + code.length;
  const stringsAt = symbolsAt + entries.length;
  const sectionsAt = stringsAt + strings.length;
  const section = (type: number, flags: number, at: number, offset: number, size: number, link: number): number[] => [
    ...long(0),
    ...long(type),
    ...word(flags),
    ...word(at),
    ...word(offset),
    ...word(size),
    ...long(link),
    ...long(0),
    ...word(1),
    ...word(0),
  ];
  const place = [...word(codeAt), ...word(address), ...word(address), ...word(code.length), ...word(memoryBytes)];
  return Uint8Array.from([
    ...[0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[...half(kind), ...half(243), ...long(1), ...word(address), ...word(sizes.header), ...word(sectionsAt), ...long(0)],
    ...[sizes.header, sizes.segment, 1, sizes.section, 4, 0].flatMap(half),
    ...(wide ? [...long(1), ...long(7), ...place, ...word(4096)] : [...long(1), ...place, ...long(7), ...long(4096)]),
    ...code,
    ...entries,
    ...Array.from(strings, (character) => character.charCodeAt(0)),
    ...section(0, 0, 0, 0, 0, 0),
    ...section(1, 6, address, codeAt, code.length, 0),
    ...section(2, 0, 0, symbolsAt, entries.length, 3),
    ...section(3, 0, 0, stringsAt, strings.length, 0),
  ]);
}
