import { Cursor } from './cursor.ts';
import type { Elf } from './elf.ts';

/** A place in the source; `line` counts from 1. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** Which source line an address belongs to. */
export type LineTable = (address: number) => SourceLine | undefined;

/** A row of the line number matrix: from its address on, code of this file and line. */
interface Row {
  readonly address: number;
  readonly file: string;
  readonly line: number;
  /** The first address behind a sequence: no line. */
  readonly end: boolean;
}

interface Texts {
  readonly line: Uint8Array;
  readonly general: Uint8Array;
}

/**
 * The line table of a program that was compiled with -g: DWARF versions 2 to 5, section .debug_line. Without that section no address has
 * a line; malformed sections are a BadInput about `where`. Source: DWARF 5, section 6.2.
 */
export function readLines({ sections, bits }: Pick<Elf, 'sections' | 'bits'>, where: string): LineTable {
  const section = (name: string): Uint8Array => sections.find((candidate) => candidate.name === name)?.data ?? new Uint8Array(0);
  const texts = { line: section('.debug_line_str'), general: section('.debug_str') };
  const units = new Cursor(section('.debug_line'), where);
  const rows: Row[] = [];
  while (units.remaining > 0) readUnit(units, texts, bits, rows);
  return finder(rows);
}

function finder(rows: Row[]): LineTable {
  // At one address the end of a sequence comes before the begin of the next; the sort is stable.
  rows.sort((a, b) => a.address - b.address || Number(b.end) - Number(a.end));
  return (address) => {
    let low = 0;
    for (let high = rows.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (rows[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const row = rows[low - 1];
    return row === undefined || row.end || row.line === 0 ? undefined : { file: row.file, line: row.line };
  };
}

interface Encoding {
  readonly minimumLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  readonly files: readonly string[];
}

/** One unit: a header and the program of a state machine, which appends its rows. */
function readUnit(units: Cursor, texts: Texts, bits: 32 | 64, rows: Row[]): void {
  const first = units.u32();
  const wide = first === 0xffff_ffff;
  const unit = new Cursor(units.take(wide ? units.u64() : first), units.where);
  const version = unit.u16();
  if (version < 2 || version > 5) return;
  if (version === 5) unit.skip(2); // sizes of an address and of a segment selector
  const headerLength = unit.word(wide ? 64 : 32);
  const programStart = unit.position + headerLength;
  const minimumLength = unit.u8();
  if (version >= 4) unit.skip(1); // operations per instruction: VLIW only
  unit.skip(1); // default_is_stmt
  const lineBase = unit.i8();
  const lineRange = unit.u8();
  const opcodeBase = unit.u8();
  const operandCounts = Array.from({ length: Math.max(opcodeBase - 1, 0) }, () => unit.u8());
  const files = version === 5 ? readFiles5(unit, texts, wide) : readFiles4(unit);
  if (lineRange === 0) unit.refuse('a line range of 0', 'a positive one');
  unit.position = 0;
  unit.skip(programStart);
  runProgram(unit, { minimumLength, lineBase, lineRange, opcodeBase, operandCounts, files }, bits, rows);
}

const join = (directory: string | undefined, file: string): string =>
  directory === undefined || directory === '' || file.startsWith('/') ? file : `${directory}/${file}`;

/** Versions 2 to 4: lists of zero-terminated texts, numbered from 1; number 0 is the directory of the compilation, which stands elsewhere. */
function readFiles4(unit: Cursor): string[] {
  const directories = [''];
  for (let text = unit.string(); text !== ''; text = unit.string()) directories.push(text);
  const files = [''];
  for (let text = unit.string(); text !== ''; text = unit.string()) {
    files.push(join(directories[unit.uleb()], text));
    unit.uleb(); // time of its last change
    unit.uleb(); // length in bytes
  }
  return files;
}

const contentPath = 1;
const contentDirectory = 2;

/** Version 5: a directory table and a file table, each of which describes its own columns; numbered from 0. */
function readFiles5(unit: Cursor, texts: Texts, wide: boolean): string[] {
  const directories = readEntries5(unit, texts, wide).map(({ path }) => path);
  return readEntries5(unit, texts, wide).map(({ path, directory }) => join(directories[directory], path));
}

function readEntries5(unit: Cursor, texts: Texts, wide: boolean): { path: string; directory: number }[] {
  const columns = Array.from({ length: unit.u8() }, () => ({ content: unit.uleb(), form: unit.uleb() }));
  const count = unit.uleb();
  if (count > unit.remaining) unit.refuse(`${count} files in ${unit.remaining} bytes`, 'a byte for each at least');
  return Array.from({ length: count }, () => {
    const entry = { path: '', directory: 0 };
    for (const { content, form } of columns) {
      const value = readForm(unit, form, texts, wide);
      if (content === contentPath) entry.path = String(value);
      else if (content === contentDirectory) entry.directory = Number(value);
    }
    return entry;
  });
}

/** The forms that DWARF 5 allows in these tables (section 6.2.4.1). */
const forms: Readonly<Record<number, (unit: Cursor, texts: Texts, wide: boolean) => string | number>> = {
  8: (unit) => unit.string(),
  14: (unit, { general }, wide) => textOf(unit, general, wide),
  31: (unit, { line }, wide) => textOf(unit, line, wide),
  11: (unit) => unit.u8(),
  5: (unit) => unit.u16(),
  6: (unit) => unit.u32(),
  7: (unit) => unit.skip(8),
  15: (unit) => unit.uleb(),
  9: (unit) => unit.skip(unit.uleb()),
  30: (unit) => unit.skip(16), // an MD5 sum
};

function readForm(unit: Cursor, form: number, texts: Texts, wide: boolean): string | number {
  return forms[form]?.(unit, texts, wide) ?? unit.refuse(`form ${form} in a line table`, 'one of DWARF 5');
}

function textOf(unit: Cursor, section: Uint8Array, wide: boolean): string {
  const text = new Cursor(section, unit.where);
  text.skip(unit.word(wide ? 64 : 32));
  return text.string();
}

/** The line number program, DWARF 5 section 6.2.5. Columns, statements and blocks are stepped over: only file and line are wanted. */
function runProgram(unit: Cursor, encoding: Encoding, bits: 32 | 64, rows: Row[]): void {
  const { minimumLength, lineBase, lineRange, opcodeBase, operandCounts, files } = encoding;
  const begin = { address: 0, file: 1, line: 1 };
  let state = { ...begin };
  const append = (end: boolean): void => {
    rows.push({ address: state.address, file: files[state.file] ?? '', line: state.line, end });
  };
  const extended = (): void => {
    const body = new Cursor(unit.take(unit.uleb()), unit.where);
    if (body.remaining === 0) return;
    const opcode = body.u8();
    if (opcode === 1) {
      append(true);
      state = { ...begin };
    } else if (opcode === 2) state.address = body.word(bits);
  };
  const standard: Readonly<Record<number, () => void>> = {
    0: extended,
    1: () => append(false),
    2: () => {
      state.address += unit.uleb() * minimumLength;
    },
    3: () => {
      state.line += unit.sleb();
    },
    4: () => {
      state.file = unit.uleb();
    },
    8: () => {
      state.address += Math.floor((255 - opcodeBase) / lineRange) * minimumLength;
    },
    9: () => {
      state.address += unit.u16();
    },
  };
  while (unit.remaining > 0) {
    const opcode = unit.u8();
    if (opcode >= opcodeBase && opcode !== 0) {
      state.address += Math.floor((opcode - opcodeBase) / lineRange) * minimumLength;
      state.line += lineBase + ((opcode - opcodeBase) % lineRange);
      append(false);
    } else if (standard[opcode]) standard[opcode]();
    else for (let operands = operandCounts[opcode - 1] ?? 0; operands > 0; operands--) unit.uleb();
  }
}
