import { BadInput } from '../errors.ts';
import { type LineTable, readLines, type SourceLine } from '../formats/dwarf.ts';
import type { Elf } from '../formats/elf.ts';
import { callStack } from './call-stack.ts';
import type { Frame } from './fault.ts';
import { readPc, readRegister } from './registers.ts';
import type { Core } from './riscv/core.ts';
import type { Bus } from './riscv/memory.ts';
import { SymbolTable } from './symbols.ts';

/** What a person calls the places of a program: functions, source lines, and the calls that led to one. */
export class Places {
  readonly symbols: SymbolTable;
  readonly #elf: Elf;
  readonly #name: string;
  #lines: LineTable | undefined;

  /** `name` is what messages call the program. */
  constructor(elf: Elf, name: string) {
    this.#elf = elf;
    this.#name = name;
    this.symbols = new SymbolTable(elf);
  }

  /** The source line of an address, where the program has debug information. */
  sourceLine(address: number): SourceLine | undefined {
    this.#lines ??= this.#readLines();
    return this.#lines(address);
  }

  #readLines(): LineTable {
    try {
      return readLines(this.#elf, this.#name);
    } catch (error) {
      if (error instanceof BadInput) return () => undefined; // a program runs without its debug information
      throw error;
    }
  }

  /** The calls that led to where a core is, the innermost first. */
  callStack(bus: Bus, core: Core): Frame[] {
    const [returnAddress, stackPointer] = [Number(readRegister(core, 'ra')), Number(readRegister(core, 'sp'))];
    const state = { pc: readPc(core), returnAddress, stackPointer, xlen: core.xlen };
    return callStack(bus, this.symbols, state).map((address, index) => this.#frame(address, index === 0 ? address : address - 1));
  }

  /** `inside` is an address of the instruction itself: a return address may belong to the next line already. */
  #frame(address: number, inside: number): Frame {
    const place = this.symbols.at(inside);
    const source = this.sourceLine(inside);
    const offset = place && place.offset + address - inside;
    return {
      address,
      ...(place ? { symbol: `${place.symbol.name}${offset === 0 ? '' : `+0x${offset!.toString(16)}`}` } : {}),
      ...(source ? { source } : {}),
    };
  }

  /** The line of a trace for the instruction at an address; what is none has no text. */
  traceLine(pc: number, text: string | undefined): string {
    const place = this.symbols.at(pc);
    const where = place ? ` <${place.symbol.name}${place.offset === 0 ? '' : `+${place.offset}`}>` : '';
    return `${pc.toString(16).padStart(8, '0')}${where}: ${text ?? 'no instruction'}`;
  }
}
