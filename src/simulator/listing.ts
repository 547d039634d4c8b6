import { BadInput } from '../errors.ts';
import { readLines, type SourceLine } from '../formats/dwarf.ts';
import { parseElf, type Section } from '../formats/elf.ts';
import { rv32, rv64 } from '../hardware/rv64.ts';
import { registerNames } from './fault.ts';
import type { Decoder } from './riscv/decoder.ts';
import { disassemble } from './riscv/disassemble.ts';
import { profile } from './riscv/profile.ts';
import { SymbolTable } from './symbols.ts';

/** One instruction, or data that is none. */
export interface ListedInstruction {
  readonly address: number;
  readonly bytes: 2 | 4;
  readonly word: number;
  /** Absent where the bytes are no instruction. */
  readonly text?: string;
  /** The name that begins here. */
  readonly label?: string;
  /** Where a branch or jump goes. */
  readonly target?: string;
  readonly source?: SourceLine;
}

export interface ListingOptions {
  /** How messages call the program: its path. */
  readonly name: string;
  /** Only the code of this symbol. */
  readonly symbol?: string | undefined;
}

/** The code of an ELF file. A file that is none, or an unknown symbol, is a BadInput. */
export function listProgram(file: Uint8Array, { name, symbol }: ListingOptions): ListedInstruction[] {
  const elf = parseElf(file, name);
  const symbols = new SymbolTable(elf);
  const lines = readLines(elf, name);
  const { decoder } = profile((elf.bits === 64 ? rv64 : rv32).cores[0].isa);
  const only = symbol === undefined ? undefined : symbols.find(symbol);
  if (symbol !== undefined && only === undefined)
    throw new BadInput({ where: name, found: `no symbol ${symbol}`, expected: 'one of its symbols', remedy: 'list it without --symbol' });
  const listed = elf.sections
    .filter(({ executable, data }) => executable && data.length > 0)
    .flatMap((section) => listSection(section, decoder, symbols))
    .map((instruction) => {
      const source = lines(instruction.address);
      return source ? { ...instruction, source } : instruction;
    });
  return only === undefined
    ? listed
    : listed.filter(
        ({ address }) => address >= only.address && (address < only.address + only.size || symbols.at(address)?.symbol === only),
      );
}

function listSection({ address: base, data }: Section, decoder: Decoder, symbols: SymbolTable): ListedInstruction[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const listed: ListedInstruction[] = [];
  for (let offset = 0; offset + 2 <= data.length; ) {
    const half = view.getUint16(offset, true);
    const bytes = (half & 3) === 3 && offset + 4 <= data.length ? 4 : 2;
    const word = bytes === 4 ? view.getUint32(offset, true) : half;
    const instruction = decoder.decode(word);
    const address = base + offset;
    const place = symbols.at(address);
    const distance = instruction?.operands['offset'];
    const code = instruction && ['branch', 'jump'].includes(decoder.expand(instruction).row.control);
    listed.push({
      address,
      bytes,
      word,
      ...(instruction ? { text: withNames(disassemble(instruction)) } : {}),
      ...(place?.offset === 0 ? { label: place.symbol.name } : {}),
      ...(code && distance !== undefined ? { target: nameOf(address + distance, symbols) } : {}),
    });
    offset += bytes;
  }
  return listed;
}

const hex = (value: number): string => value.toString(16);

function nameOf(address: number, symbols: SymbolTable): string {
  const place = symbols.at(address);
  return `${hex(address)}${place ? ` <${place.symbol.name}${place.offset === 0 ? '' : `+0x${hex(place.offset)}`}>` : ''}`;
}

/** The x registers by their ABI names, as compilers write them. */
const withNames = (text: string): string => text.replace(/\bx(\d+)\b/g, (all, number) => registerNames[Number(number)] ?? all);

/** The listing as text: a label before its code, and, with `lines`, every source line before its first instruction. */
export function printListing(listed: readonly ListedInstruction[], { lines }: { readonly lines: boolean }): string {
  const printed: string[] = [];
  let place = '';
  for (const { address, bytes, word, text, label, target, source } of listed) {
    if (label !== undefined) printed.push(`${printed.length === 0 ? '' : '\n'}${hex(address)} <${label}>:`);
    const here = source ? `${source.file}:${source.line}` : '';
    if (lines && here !== '' && here !== place) printed.push(`${here}:`);
    place = here;
    const code = text ?? (bytes === 4 ? `.word 0x${hex(word)}` : `.half 0x${hex(word)}`);
    printed.push(
      `  ${hex(address)}: ${hex(word)
        .padStart(2 * bytes, '0')
        .padEnd(8)}  ${code}${target === undefined ? '' : `  # ${target}`}`,
    );
  }
  return printed.map((line) => `${line}\n`).join('');
}
