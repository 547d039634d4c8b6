import type { Emitter, Floats, NoResult } from '../../riscv/emit.ts';
import { call, type Expr, f32, f64, i32, i64, type ValType, type Word, type Words, words } from '../expression.ts';
import { floatInstruction } from '../float-inline.ts';
import type { FunctionBuilder } from '../function.ts';
import { v128 } from '../vector.ts';
import { commandFunction, fence, operationOf } from './commands.ts';
import type { FlightChecks } from './flight-checks.ts';
import { boxed, floatOperands, inWord, isInLibrary } from './floats.ts';
import type { Instruction } from './instruction.ts';
import { narrow, wide, wordsIn } from './integers.ts';
import { layout, loopAt } from './layout.ts';
import type { Registers } from './registers.ts';
import type { Surroundings } from './surroundings.ts';
import type { TimingSite } from './timing.ts';

/** What an instruction's code needs from the function that it is written into. */
export interface Frame {
  readonly builder: FunctionBuilder;
  readonly registers: Registers;
  readonly surroundings: Surroundings;
  /** The cycles at the instruction at hand. */
  readonly site: TimingSite;
  /** The index of a float instruction's function, by mnemonic, and of the function for commands. */
  readonly library: (mnemonic: string) => number;
  /** Of accesses that may meet what accelerators have in flight. */
  readonly flights: FlightChecks;
  /** Writes what leaves translated code before the instruction at hand. */
  leave(): void;
  /** The instruction at hand can no longer be left: it runs here. */
  issue(): void;
  /** The offset in the main memory of an access at a known place; undefined where the address is still to be checked. */
  place(bytes: number, store: boolean): Offset | undefined;
  /** An access of plain memory, once it is known to be one. */
  access(offset: Expr<'i32'>, bytes: number, store: boolean): void;
}

/** An offset in the main memory, in two parts of which neither is negative. */
export interface Offset {
  readonly at: Expr<'i32'>;
  readonly further: number;
  /** It is known not to meet what accelerators have in flight. */
  readonly settled?: boolean;
}

/** Where control goes after an instruction, as its row said it. */
export type Control =
  | { readonly kind: 'branch'; readonly condition: Expr<'i32'>; readonly target: number }
  | { readonly kind: 'jump'; readonly target: number }
  /** The target is named: it may be used more than once. */
  | { readonly kind: 'indirect'; readonly target: Word };

/** An instruction whose effect on memory is written; its results still have to be assigned, and control has to go where it says. */
export interface Emitted {
  readonly control: Control | undefined;
  assign(): void;
}

type Results = { readonly [name: string]: Expr<ValType | 'word'> | undefined };
const [letterR, letterS] = ['r'.charCodeAt(0), 's'.charCodeAt(0)];
/** The value of `rm` that asks for frm. */
const dynamicMode = 7;

/**
 * Writes instructions one at a time: operands from the registers, the row's own code, range checks, results. Where control goes from there is the
 * business of whoever writes the function. Before an access that is not to plain memory the function is left: the interpreter does it.
 */
export class Emission implements Emitter {
  readonly x: Emitter['x'];
  readonly i32 = narrow;
  readonly i64 = wide;
  readonly f: Floats;
  readonly v128 = v128;
  pc = 0;
  next = 0;
  readonly #frame: Frame;
  readonly #words: Words;
  #control: Control | undefined;
  #issued = false;
  #modeChecked = false;

  constructor(frame: Frame) {
    const { builder, registers, surroundings } = frame;
    this.#frame = frame;
    this.#words = words(surroundings.xlen);
    this.x = wordsIn(builder, surroundings.xlen);
    this.f = {
      bits: (register) => registers.float(register),
      lowBits: (register) => i32.wrap(registers.float(register)),
      single: f32.ofBits,
      double: f64.ofBits,
    };
  }

  emit(instruction: Instruction): Emitted {
    const { row, operands } = instruction;
    this.pc = instruction.pc;
    this.next = instruction.next;
    this.#control = undefined;
    this.#issued = false;
    const results = isInLibrary(row) ? this.#float(instruction) : this.#emitted(instruction);
    this.#issue();
    return { control: this.#control, assign: () => this.#assign(operands, results) };
  }

  /** The mode of frm may have changed: what comes next was not reached by way of what is written so far. */
  forgetMode(): void {
    this.#modeChecked = false;
  }

  #emitted({ row, operands }: Instruction): Results {
    const { registers } = this.#frame;
    const values: Record<string, number | Word> = {};
    for (const name in operands) {
      const value = operands[name]!;
      values[name] = name.charCodeAt(0) === letterR && name.charCodeAt(1) === letterS ? registers.word(value) : value;
    }
    return row.emit?.(values as Parameters<NonNullable<typeof row.emit>>[0], this) ?? {};
  }

  #float(instruction: Instruction): Results {
    const { row, operands } = instruction;
    const { builder, registers, surroundings, library } = this.#frame;
    if (operands['rm'] === dynamicMode) this.#checkMode();
    const site = { f: builder, library, fcsr: () => this.#fcsr() };
    const read = floatOperands(instruction, this.#words, registers, surroundings.floatsInX);
    const value = floatInstruction(site, row.mnemonic, operands['rm'] ?? 0, read);
    return 'fd' in operands ? { fd: value } : { rd: value };
  }

  /** A reserved frm makes the instruction illegal. frm stays as it is in translated code. */
  #checkMode(): void {
    if (this.#modeChecked) return;
    this.#modeChecked = true;
    this.#frame.builder.if(i32.geU(this.#fcsr(), i32.const(5 << 5)), () => this.#frame.leave());
  }

  #fcsr(): Expr<'i32'> {
    return i32.load(this.#frame.surroundings.area(), layout.fcsr);
  }

  #issue(): void {
    if (!this.#issued) this.#frame.issue();
    this.#issued = true;
  }

  #assign(operands: { readonly [name: string]: number }, results: Results): void {
    const { builder, registers, surroundings } = this.#frame;
    const writes: [number, Expr<ValType | 'word'>][] = [];
    for (const name in results) {
      const value = results[name];
      const register = operands[name];
      if (value === undefined || register === undefined) continue;
      if (name === 'fd' && !surroundings.floatsInX) writes.push([registers.floatDestination(register), boxed(value)]);
      else if (register !== 0) writes.push([registers.destination(register), inWord(value, this.#words)]);
    }
    builder.assign(writes);
  }

  // What rows ask for

  register(number: number): Word {
    return this.#frame.registers.word(number);
  }

  name<T extends ValType | 'word'>(value: Expr<T>): Expr<T> {
    return this.#frame.builder.name(value);
  }

  load(address: Word, bytes: 1 | 2 | 4 | 8, extend: 'signed' | 'unsigned'): Word {
    const at = this.#checked(address, bytes, false);
    return this.name(this.#loaded(at, bytes, extend === 'signed'));
  }

  store(address: Word, bytes: 1 | 2 | 4 | 8, value: Word): NoResult {
    const { at, further } = this.#checked(address, bytes, true);
    this.#frame.builder.store(at, value, this.#ram + further, bytes);
    return {};
  }

  load64(address: Word): Expr<'i64'> {
    const { at, further } = this.#checked(address, 8, false);
    return this.name(i64.load(at, this.#ram + further));
  }

  store64(address: Word, value: Expr<'i64'>): NoResult {
    const { at, further } = this.#checked(address, 8, true);
    this.#frame.builder.store(at, value, this.#ram + further);
    return {};
  }

  atomic(address: Word, bytes: 4 | 8, change: (old: Word) => Word): Word {
    const at = this.#checked(address, bytes, true, true);
    const old = this.name(this.#loaded(at, bytes, true));
    this.#frame.builder.store(at.at, change(old), this.#ram, bytes);
    return old;
  }

  setLoop(id: number, register: 0 | 1 | 2, value: Word): NoResult {
    const { builder, surroundings } = this.#frame;
    builder.store(surroundings.area(), value, loopAt(id, register));
    return {};
  }

  command(port: number, funct: number, rs1: Word | undefined, rs2: Word | undefined): Word {
    return this.#ask(operationOf(port, funct), rs1, rs2);
  }

  fence(): NoResult {
    this.#ask(fence, undefined, undefined);
    return {};
  }

  /** Calls the accelerator with halves of its operands: 64 bits would go through a bigint. Where it throws, the interpreter does it again, and better. */
  #ask(operation: number, ...operands: readonly (Word | undefined)[]): Word {
    const { builder, site, library, surroundings } = this.#frame;
    const halves = operands.flatMap((operand): Expr<'i32'>[] => {
      if (operand === undefined) return [i32.const(0), i32.const(0)];
      const high = surroundings.xlen === 64 ? i32.wrap(i64.shrU(this.#words.toI64U(operand), i64.const(32))) : i32.const(0);
      return [this.#words.low(operand), high];
    });
    this.#issue();
    const cycles = this.name(call('i32', library(commandFunction), i32.const(operation), site.cyclesLeftIssued(), ...halves));
    builder.if(i32.ltS(cycles, i32.const(0)), () => this.#frame.leave());
    site.spend(cycles);
    return this.name(this.#words.load(surroundings.area(), layout.reply));
  }

  branch(condition: Expr<'i32'>, target: number): NoResult {
    this.#control = { kind: 'branch', condition, target };
    return {};
  }

  jump(target: number): NoResult {
    this.#control = { kind: 'jump', target };
    return {};
  }

  jumpIndirect(target: Word): NoResult {
    this.#control = { kind: 'indirect', target: this.name(this.x.and(target, -2)) };
    return {};
  }

  // Memory

  get #ram(): number {
    return this.#frame.surroundings.ram;
  }

  /** The offset of an address in the main memory. Leaves before the instruction if the access is not plain. */
  #checked(address: Word, bytes: number, store: boolean, aligned = this.#frame.surroundings.misalignedTraps): Offset {
    const { builder, flights, surroundings } = this.#frame;
    const wrong: Expr<'i32'>[] = [];
    const offset = this.#frame.place(bytes, store) ?? this.#offset(address, bytes, store, wrong);
    if (aligned && bytes > 1) wrong.push(i32.and(sumOf(offset), i32.const(bytes - 1)));
    const leave = () => this.#frame.leave();
    if (surroundings.marks === undefined || offset.settled === true) for (const condition of wrong) builder.if(condition, leave);
    else {
      const access = { at: () => sumOf(offset), bytes, store };
      flights.check((label) => wrong.forEach((condition) => builder.brIf(label, condition)), access, leave);
    }
    this.#issue();
    this.#frame.access(sumOf(offset), bytes, store);
    return offset;
  }

  /** An offset that may lie anywhere, and when it is not one of plain memory. */
  #offset(address: Word, bytes: number, store: boolean, wrong: Expr<'i32'>[]): Offset {
    const { base, size, covered, shared, area, xlen } = this.#frame.surroundings;
    const offset = this.name(this.x.sub(address, this.#words.const(xlen === 64 ? base : base | 0)));
    const at = this.name(this.#words.low(offset));
    let special = this.#words.gtU(offset, this.#words.const(size - bytes));
    if (store && covered) special = i32.or(special, i32.ltU(i32.sub(at, i32.const(covered.from)), i32.const(covered.bytes)));
    if (store && shared) {
      const reserved = i32.sub(at, i32.load(area(), layout.guard));
      special = i32.or(special, i32.ltU(reserved, i32.load(area(), layout.guard + 4)));
    }
    wrong.push(special);
    return { at, further: 0 };
  }

  #loaded({ at, further }: Offset, bytes: 1 | 2 | 4 | 8, signed: boolean): Word {
    const place = this.#ram + further;
    if (this.#frame.surroundings.xlen === 32) return this.#words.ofI32S((signed ? loads32S : loads32U)[bytes](at, place));
    return this.#words.ofI64((signed ? loads64S : loads64U)[bytes](at, place));
  }
}

const sumOf = ({ at, further }: Offset): Expr<'i32'> => (further === 0 ? at : i32.add(at, i32.const(further)));
const loads32S = { 1: i32.load8S, 2: i32.load16S, 4: i32.load, 8: i32.load };
const loads32U = { 1: i32.load8U, 2: i32.load16U, 4: i32.load, 8: i32.load };
const loads64S = { 1: i64.load8S, 2: i64.load16S, 4: i64.load32S, 8: i64.load };
const loads64U = { 1: i64.load8U, 2: i64.load16U, 4: i64.load32U, 8: i64.load };
