import type { Emitter, Floats, NoResult } from '../../riscv/emit.ts';
import type { CycleClass } from '../../riscv/row.ts';
import { type Expr, f32, f64, get, i32, i64, type ValType, type Word, type Words, words } from '../expression.ts';
import { floatInstruction } from '../float-inline.ts';
import { FunctionBuilder, type Label } from '../function.ts';
import { boxed, floatOperands, inWord, isInLibrary } from './floats.ts';
import type { Instruction } from './instruction.ts';
import { narrow, wide, wordsIn } from './integers.ts';
import { entryOf, goesOn, layout, targetEntries } from './layout.ts';
import { Registers } from './registers.ts';
import { type Trace, targetOf } from './trace.ts';

/** What all regions of one core have in common. */
export interface Surroundings {
  readonly xlen: 32 | 64;
  readonly base: number;
  readonly size: number;
  /** Stores to these offsets of the main memory go to devices. */
  readonly covered: { readonly from: number; readonly bytes: number } | undefined;
  readonly misalignedTraps: boolean;
  /** Bits of an instruction's address that must be 0. */
  readonly targetMask: number;
  readonly floatsInX: boolean;
  readonly cost: (cycles: CycleClass) => number;
}

/** Ways from one region into another, in the module that is being built. */
export interface Links {
  /** The index of a float instruction's function, by mnemonic. */
  readonly library: (mnemonic: string) => number;
  /** The signature of all regions: (cycles left, instructions retired) -> (). */
  readonly type: number;
  /** A region of this module by its function, one of an older module by its slot in the table. */
  link(pc: number): { readonly index: number } | { readonly slot: number } | undefined;
}
export const parameters = ['i32', 'i32'] as const satisfies readonly ValType[];
const [left, retired] = [0, 1];

/** Writes a trace as a function. */
export function regionFunction(trace: Trace, surroundings: Surroundings, links: Links): FunctionBuilder {
  if (!trace.loops) return new Region(trace, surroundings, links, new Set()).write();
  const first = new Region(trace, surroundings, links, new Set());
  first.write();
  return new Region(trace, surroundings, links, first.written).write();
}

/** The value of `rm` that asks for frm. */
const dynamicMode = 7;
type Results = { readonly [name: string]: Expr<ValType | 'word'> | undefined };

/** Where control goes after an instruction, as its row said it; done once the registers are written. */
type Control =
  | { readonly kind: 'branch'; readonly condition: Expr<'i32'>; readonly target: number }
  | { readonly kind: 'jump'; readonly target: number }
  | { readonly kind: 'indirect'; readonly target: Word };

/**
 * One region under construction. Translated code is left only between two instructions, with all registers written back and exact counters: before an
 * access that is not to plain memory, before a turn at which the deadline would pass, and before an instruction that no region starts at. What comes
 * next is the interpreter's.
 */
class Region implements Emitter {
  readonly x: Emitter['x'];
  readonly i32 = narrow;
  readonly i64 = wide;
  readonly f: Floats;
  pc = 0;
  next = 0;
  readonly #trace: Trace;
  readonly #surroundings: Surroundings;
  readonly #links: Links;
  readonly #builder: FunctionBuilder;
  readonly #words: Words;
  readonly #registers: Registers;
  #again: Label | undefined;
  /** Before the instruction at hand, since the region was entered or went round. */
  #instructions = 0;
  #cycles = 0;
  /** Of the instruction at hand. */
  #cost = 0;
  #control: Control | undefined;
  #modeChecked = false;

  constructor(trace: Trace, surroundings: Surroundings, links: Links, written: ReadonlySet<number>) {
    this.#trace = trace;
    this.#surroundings = surroundings;
    this.#links = links;
    this.#builder = new FunctionBuilder(parameters, surroundings.xlen === 64 ? 'i64' : 'i32');
    this.#words = words(surroundings.xlen);
    this.x = wordsIn(this.#builder, surroundings.xlen);
    this.#registers = new Registers(this.#builder, this.#words, written);
    this.f = {
      bits: (register) => this.#registers.float(register),
      lowBits: (register) => i32.wrap(this.#registers.float(register)),
      single: f32.ofBits,
      double: f64.ofBits,
    };
  }

  get written(): ReadonlySet<number> {
    return this.#registers.written;
  }

  write(): FunctionBuilder {
    if (this.#trace.loops) {
      this.#builder.loop((again) => {
        this.#again = again;
        this.#body();
      });
      this.#builder.unreachable();
    } else this.#body();
    return this.#builder;
  }

  #body(): void {
    for (const instruction of this.#trace.instructions) this.#instruction(instruction);
    if (this.#trace.end !== undefined) this.#go(this.#trace.end, this.#instructions, this.#cycles);
  }

  #instruction(instruction: Instruction): void {
    const { row, operands } = instruction;
    this.pc = instruction.pc;
    this.next = instruction.next;
    this.#cost = this.#surroundings.cost(row.cycles);
    this.#control = undefined;
    const results = isInLibrary(row) ? this.#float(instruction) : this.#emitted(instruction);
    this.#depart(() => this.#assign(operands, results), instruction);
    this.#instructions++;
    this.#cycles += this.#cost;
  }

  #emitted({ row, operands }: Instruction): Results {
    const values = Object.fromEntries(
      Object.entries(operands).map(([name, value]) => [name, name.startsWith('rs') ? this.#registers.word(value) : value]),
    );
    return row.emit?.(values as Parameters<NonNullable<typeof row.emit>>[0], this) ?? {};
  }

  #float(instruction: Instruction): Results {
    const { row, operands } = instruction;
    if (operands['rm'] === dynamicMode) this.#checkMode();
    const site = {
      f: this.#builder,
      library: this.#links.library,
      fcsr: layout.fcsr,
      refuse: () => this.#leave(this.pc, this.#instructions, this.#cycles),
    };
    const read = floatOperands(instruction, this.#words, this.#registers, this.#surroundings.floatsInX);
    const value = floatInstruction(site, row.mnemonic, operands['rm'] ?? 0, read);
    return 'fd' in operands ? { fd: value } : { rd: value };
  }

  /** A reserved frm makes the instruction illegal. frm stays as it is within a region. */
  #checkMode(): void {
    if (this.#modeChecked) return;
    this.#modeChecked = true;
    const reserved = i32.geU(i32.load(i32.const(0), layout.fcsr), i32.const(5 << 5));
    this.#builder.if(reserved, () => this.#leave(this.pc, this.#instructions, this.#cycles));
  }

  #assign(operands: { readonly [name: string]: number }, results: Results): void {
    const writes: [number, Expr<ValType | 'word'>][] = [];
    for (const [name, value] of Object.entries(results)) {
      const register = operands[name];
      if (value === undefined || register === undefined) continue;
      if (name === 'fd' && !this.#surroundings.floatsInX) writes.push([this.#registers.floatDestination(register), boxed(value)]);
      else if (register !== 0) writes.push([this.#registers.destination(register), inWord(value, this.#words)]);
    }
    this.#builder.assign(writes);
  }

  // What rows ask for

  name<T extends ValType | 'word'>(value: Expr<T>): Expr<T> {
    return this.#builder.name(value);
  }

  load(address: Word, bytes: 1 | 2 | 4 | 8, extend: 'signed' | 'unsigned'): Word {
    const at = this.#checked(address, bytes, false);
    const signed = extend === 'signed';
    if (this.#surroundings.xlen === 32) return this.name(this.#words.ofI32S(load32(at, bytes, signed)));
    return this.name(this.#words.ofI64(load64(at, bytes, signed)));
  }

  store(address: Word, bytes: 1 | 2 | 4 | 8, value: Word): NoResult {
    this.#builder.store(this.#checked(address, bytes, true), value, layout.ram, bytes);
    return {};
  }

  load64(address: Word): Expr<'i64'> {
    return this.name(i64.load(this.#checked(address, 8, false), layout.ram));
  }

  store64(address: Word, value: Expr<'i64'>): NoResult {
    this.#builder.store(this.#checked(address, 8, true), value, layout.ram);
    return {};
  }

  atomic(address: Word, bytes: 4 | 8, change: (old: Word) => Word): Word {
    const at = this.#checked(address, bytes, true, true);
    const wide = this.#surroundings.xlen === 64;
    const old = this.name(wide ? this.#words.ofI64(load64(at, bytes, true)) : this.#words.ofI32S(load32(at, bytes, true)));
    this.#builder.store(at, change(old), layout.ram, bytes);
    return old;
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

  /** The offset of an address in the main memory. Leaves before the instruction if the access is not plain. */
  #checked(address: Word, bytes: number, store: boolean, aligned = this.#surroundings.misalignedTraps): Expr<'i32'> {
    const { base, size, covered, xlen } = this.#surroundings;
    const offset = this.name(this.x.sub(address, this.#words.const(xlen === 64 ? base : base | 0)));
    const at = this.name(this.#words.low(offset));
    let special = this.#words.gtU(offset, this.#words.const(size - bytes));
    if (aligned && bytes > 1) special = i32.or(special, i32.and(at, i32.const(bytes - 1)));
    if (store && covered) special = i32.or(special, i32.ltU(i32.sub(at, i32.const(covered.from)), i32.const(covered.bytes)));
    this.#builder.if(special, () => this.#leave(this.pc, this.#instructions, this.#cycles));
    return at;
  }

  // Control

  /** Writes the results and goes where the instruction goes. */
  #depart(assign: () => void, instruction: Instruction): void {
    const control = this.#control;
    if (control?.kind === 'indirect') this.#departIndirect(control.target, assign);
    else if (control?.kind === 'jump') {
      const target = targetOf(instruction);
      const falls = instruction.operands['rd'] === 0 && target > instruction.pc && (target & this.#surroundings.targetMask) === 0;
      if (falls) return;
      this.#turn(target, target <= instruction.pc || instruction.operands['rd'] !== 0, assign);
    } else if (control?.kind === 'branch') {
      this.#builder.if(control.condition, () => this.#turn(control.target, control.target <= instruction.pc, () => {}));
    } else assign();
  }

  /** A taken branch or a jump to a known address; at a yield point the deadline is looked at. */
  #turn(target: number, yields: boolean, assign: () => void): void {
    if ((target & this.#surroundings.targetMask) !== 0) {
      this.#leave(this.pc, this.#instructions, this.#cycles);
      return;
    }
    const cycles = this.#cycles + this.#cost;
    if (yields) this.#stopAtDeadline(cycles);
    assign();
    this.#go(target, this.#instructions + 1, cycles);
  }

  #stopAtDeadline(cycles: number): void {
    this.#builder.if(i32.leS(get('i32', left), i32.const(cycles)), () => this.#leave(this.pc, this.#instructions, this.#cycles));
  }

  #departIndirect(target: Word, assign: () => void): void {
    const cycles = this.#cycles + this.#cost;
    const entry = this.name(i32.and(i32.shl(this.#words.low(target), i32.const(2)), i32.const((targetEntries - 1) * 8)));
    const known = i64.eq(this.#words.toI64U(target), i64.load32U(entry, layout.targets));
    const inTime = i32.gtS(get('i32', left), i32.const(cycles));
    this.#builder.if(i32.eqz(i32.and(known, inTime)), () => this.#leave(this.pc, this.#instructions, this.#cycles));
    assign();
    this.#registers.spill();
    this.#builder.returnCallIndirect(
      this.#links.type,
      i32.load(entry, layout.targets + 4),
      ...this.#counters(this.#instructions + 1, cycles),
    );
  }

  /** Into the region at a known address; where there is none yet, into what is translated by then, or out. */
  #go(target: number, instructions: number, cycles: number): void {
    if (this.#again !== undefined && target === this.#trace.entry) {
      const [cyclesLeft, count] = this.#counters(instructions, cycles);
      this.#builder.set(left, cyclesLeft);
      this.#builder.set(retired, count);
      this.#builder.br(this.#again);
      return;
    }
    const counters = this.#counters(instructions, cycles);
    const link = this.#links.link(target);
    if (link !== undefined) {
      this.#registers.spill();
      if ('index' in link) this.#builder.returnCall(link.index, ...counters);
      else this.#builder.returnCallIndirect(this.#links.type, i32.const(link.slot), ...counters);
      return;
    }
    const entry = entryOf(target);
    const isKnown = i32.eq(i32.load(i32.const(entry)), i32.const(target));
    this.#registers.spill();
    this.#builder.if(isKnown, () => this.#builder.returnCallIndirect(this.#links.type, i32.load(i32.const(entry + 4)), ...counters));
    this.#leave(target | goesOn, instructions, cycles);
  }

  #leave(pc: number, instructions: number, cycles: number): void {
    this.#registers.spill();
    const [cyclesLeft, count] = this.#counters(instructions, cycles);
    this.#builder.store(i32.const(0), i32.const(pc), layout.pc);
    this.#builder.store(i32.const(0), cyclesLeft, layout.left);
    this.#builder.store(i32.const(0), count, layout.retired);
    this.#builder.return();
  }

  #counters(instructions: number, cycles: number): [cyclesLeft: Expr<'i32'>, retired: Expr<'i32'>] {
    return [i32.sub(get('i32', left), i32.const(cycles)), i32.add(get('i32', retired), i32.const(instructions))];
  }
}

function load32(at: Expr<'i32'>, bytes: number, signed: boolean): Expr<'i32'> {
  if (bytes === 1) return (signed ? i32.load8S : i32.load8U)(at, layout.ram);
  if (bytes === 2) return (signed ? i32.load16S : i32.load16U)(at, layout.ram);
  return i32.load(at, layout.ram);
}

function load64(at: Expr<'i32'>, bytes: number, signed: boolean): Expr<'i64'> {
  if (bytes === 1) return (signed ? i64.load8S : i64.load8U)(at, layout.ram);
  if (bytes === 2) return (signed ? i64.load16S : i64.load16U)(at, layout.ram);
  if (bytes === 4) return (signed ? i64.load32S : i64.load32U)(at, layout.ram);
  return i64.load(at, layout.ram);
}
