import { call, type Expr, get, i32, i64, type Word, type Words, words } from '../expression.ts';
import { FunctionBuilder, type Label } from '../function.ts';
import { type Control, Emission, type Frame } from './emission.ts';
import { FlightChecks } from './flight-checks.ts';
import { type Instruction, isReturn } from './instruction.ts';
import { entryOf, exits, layout, loopAt } from './layout.ts';
import { countersAfter, leaving, left, type Protocol, placeOf, protocolOf } from './protocol.ts';
import { FilledRegisters } from './registers.ts';
import type { Surroundings } from './surroundings.ts';
import type { Decision, TimingSite } from './timing.ts';
import { type Trace, targetOf } from './trace.ts';

/** Ways from one region into another, in the module that is being built. */
export interface Links {
  /** The index of a float instruction's function, by mnemonic. */
  readonly library: (mnemonic: string) => number;
  /** The index of a function of the cycle model, by its place among them. */
  readonly timing: (place: number) => number;
  /** The index of the signature that all regions have. */
  readonly type: number;
  /** A region of this module by its function, one of an older module by its slot in the table. */
  link(pc: number): { readonly index: number } | { readonly slot: number } | undefined;
}

/** Writes a trace as a function; `returns` where it may be called, so that returns of the guest return from it. */
export function regionFunction(trace: Trace, surroundings: Surroundings, links: Links, returns: boolean): FunctionBuilder {
  const write = (written: ReadonlySet<number>) => new Region(trace, surroundings, { ...links, returns }, written);
  const first = write(new Set());
  if (!trace.loops) return first.write();
  first.write();
  return write(first.registers.written).write();
}

/**
 * The strategy `block`: a trace is a function that tail-calls the functions of the traces it leads to. Translated code is left only between two instructions,
 * with all registers written back and exact counters: before an access that is not to plain memory, at a turn behind which the deadline has come, and
 * before an instruction that no region starts at. What comes next is the interpreter's.
 */
class Region implements Frame {
  readonly builder: FunctionBuilder;
  readonly registers: FilledRegisters;
  readonly surroundings: Surroundings;
  readonly flights: FlightChecks;
  readonly #trace: Trace;
  readonly #links: Links & { readonly returns: boolean };
  readonly #protocol: Protocol;
  readonly #words: Words;
  readonly #emission: Emission;
  readonly #site: TimingSite;
  #again: Label | undefined;
  #instruction: Instruction | undefined;
  /** Before the instruction at hand, since the region was entered or went round; the cycles that are known from the code alone. */
  #instructions = 0;
  #cycles = 0;
  /** Of the instruction at hand. */
  #cost = 0;

  constructor(trace: Trace, surroundings: Surroundings, links: Links & { readonly returns: boolean }, written: ReadonlySet<number>) {
    this.#trace = trace;
    this.surroundings = surroundings;
    this.#links = links;
    this.#protocol = protocolOf(surroundings);
    this.builder = new FunctionBuilder(this.#protocol.parameters, surroundings.xlen === 64 ? 'i64' : 'i32');
    this.#words = words(surroundings.xlen);
    this.registers = new FilledRegisters(this.builder, this.#words, surroundings.area, written);
    this.flights = new FlightChecks(this.builder, surroundings, this.library);
    this.#emission = new Emission(this);
    this.#site = {
      builder: this.builder,
      name: (value) => this.builder.name(value),
      word: (register) => this.registers.word(register),
      spend: (cycles) => this.builder.set(left, i32.sub(get('i32', left), cycles)),
      cyclesLeft: () => i32.sub(get('i32', left), i32.const(this.#cycles)),
      cyclesLeftIssued: () => i32.sub(get('i32', left), i32.const(this.#cycles + (surroundings.timing === undefined ? 0 : this.#cost))),
      area: surroundings.area,
      call: (index, ...operands) => call('i32', links.timing(index), ...operands),
      ram: surroundings.ram,
    };
  }

  library = (mnemonic: string): number => this.#links.library(mnemonic);

  get site(): TimingSite {
    return this.#site;
  }

  write(): FunctionBuilder {
    if (this.#trace.loops) {
      this.builder.loop((again) => {
        this.#again = again;
        this.#body();
      });
    } else this.#body();
    this.builder.unreachable();
    return this.builder;
  }

  #body(): void {
    const { instructions, end } = this.#trace;
    const { timing } = this.surroundings;
    timing?.enter?.(this.#site, instructions, false);
    instructions.forEach((instruction, index) => {
      this.#instruction = instruction;
      this.#cost = timing?.cycles(instructions, index) ?? 1;
      const { control, assign } = this.#emission.emit(instruction);
      this.#depart(instruction, control, assign);
      this.builder.release();
      this.#instructions++;
      this.#cycles += this.#cost;
    });
    if (end !== undefined) this.#go(end, this.#instructions, this.#cycles);
  }

  issue(): void {
    this.surroundings.timing?.issue?.(this.#site, this.#trace.instructions, this.#instructions);
  }

  place(): undefined {}

  access(offset: Expr<'i32'>, bytes: number, store: boolean): void {
    if (this.#instruction) this.surroundings.timing?.access?.(this.#site, this.#instruction, { offset, bytes, store });
  }

  #decide(decision: Decision): void {
    this.surroundings.timing?.decide?.(this.#site, this.#trace.instructions, this.#instructions, decision);
  }

  /** Writes the results and goes where the instruction goes. */
  #depart(instruction: Instruction, control: Control | undefined, assign: () => void): void {
    const links = instruction.operands['rd'] !== 0;
    if (control === undefined) {
      assign();
      if (instruction.loopStarts !== undefined) this.#loopBack(instruction.pc, instruction.loopStarts);
    } else if (control.kind === 'indirect') this.#departIndirect(instruction, control.target, assign);
    else if (control.kind === 'jump') {
      const target = targetOf(instruction);
      if (this.#refuses(target)) return;
      this.#decide({ kind: 'jump', target, links });
      assign();
      if (links || target <= instruction.pc) this.#turn(target, true);
    } else {
      const { target, condition } = control;
      this.builder.if(condition, () => {
        if (this.#refuses(target)) return;
        this.#decide({ kind: 'taken', target });
        this.#turn(target, target <= instruction.pc);
      });
      this.#decide({ kind: 'not taken' });
    }
  }

  /** After the last instruction of a hardware loop: loop 0 is the inner one. */
  #loopBack(pc: number, starts: readonly number[]): void {
    const { builder, surroundings } = this;
    const { area } = surroundings;
    const cycles = this.#cycles + this.#cost;
    for (const id of [0, 1]) {
      builder.if(i32.eq(i32.load(area(), loopAt(id, 1)), i32.const(pc)), () => {
        const count = builder.name(i32.load(area(), loopAt(id, 2)));
        builder.if(count, () => builder.store(area(), i32.sub(count, i32.const(1)), loopAt(id, 2)));
        builder.if(i32.gtU(count, i32.const(1)), () => {
          const start = builder.name(this.#words.load(area(), loopAt(id, 0)));
          this.#yield(start, cycles);
          for (const known of starts)
            builder.if(this.#words.eq(start, this.#words.const(known)), () => this.#go(known, this.#instructions + 1, cycles));
          this.#exit(start, exits.goOn, this.#instructions + 1, cycles);
        });
      });
    }
  }

  /** A misaligned target is an exception of the jump itself; behind the last address there is nothing. */
  #refuses(target: number): boolean {
    if ((target & this.surroundings.targetMask) === 0 && target >= 0 && target < 2 ** 32) return false;
    this.leave();
    return true;
  }

  /** A taken branch or a jump to a known address; behind a yield point the deadline is looked at. */
  #turn(target: number, yields: boolean): void {
    const cycles = this.#cycles + this.#cost;
    if (yields) this.#yield(this.#words.const(target), cycles);
    this.#go(target, this.#instructions + 1, cycles);
  }

  #yield(target: Word, cycles: number): void {
    const late = i32.leS(get('i32', left), i32.const(cycles));
    this.builder.if(late, () => this.#exit(target, exits.yield, this.#instructions + 1, cycles));
  }

  #departIndirect(instruction: Instruction, target: Word, assign: () => void): void {
    const cycles = this.#cycles + this.#cost;
    if (this.#links.returns && isReturn(instruction)) {
      const { targetMask } = this.surroundings;
      if (targetMask !== 0) this.builder.if(i32.and(this.#words.low(target), i32.const(targetMask)), () => this.leave());
      this.#decide({ kind: 'indirect', target, links: false });
      this.#yield(target, cycles);
      this.#settle(this.#instructions + 1);
      this.builder.return(target, ...countersAfter(this.#protocol, this.#instructions + 1, cycles));
      return;
    }
    const entry = this.builder.name(i32.add(this.surroundings.area(), placeOf(this.#words.low(target))));
    const unknown = i64.ne(this.#words.toI64U(target), i64.load32U(entry, layout.targets));
    this.builder.if(unknown, () => this.leave());
    this.#decide({ kind: 'indirect', target, links: instruction.operands['rd'] !== 0 });
    assign();
    this.#yield(target, cycles);
    this.#settle(this.#instructions + 1);
    this.#tailCall(i32.load(entry, layout.targets + 4), this.#instructions + 1, cycles);
  }

  /** Into the region at a known address; where there is none yet, into what is translated by then, or out. */
  #go(target: number, instructions: number, cycles: number): void {
    const { timing, area } = this.surroundings;
    if (this.#again !== undefined && target === this.#trace.entry) {
      timing?.exit?.(this.#site, this.#trace.instructions, instructions);
      for (const [local, count] of countersAfter(this.#protocol, instructions, cycles).entries()) this.builder.set(local, count);
      this.builder.br(this.#again);
      return;
    }
    const link = this.#links.link(target);
    if (link !== undefined) {
      this.#settle(instructions);
      this.#tailCall('index' in link ? link.index : i32.const(link.slot), instructions, cycles);
      return;
    }
    const entry = entryOf(target);
    const isKnown = i32.eq(i32.load(area(), entry), i32.const(target));
    this.builder.if(isKnown, () => {
      this.#settle(instructions);
      this.#tailCall(i32.load(area(), entry + 4), instructions, cycles);
    });
    this.#exit(this.#words.const(target), exits.goOn, instructions, cycles);
  }

  #tailCall(region: number | Expr<'i32'>, instructions: number, cycles: number): void {
    const operands = [...countersAfter(this.#protocol, instructions, cycles), get('i32', this.#protocol.depth)];
    if (typeof region === 'number') this.builder.returnCall(region, ...operands);
    else this.builder.returnCallIndirect(this.#links.type, region, ...operands);
  }

  leave(): void {
    this.#exit(this.#words.const(this.#instruction?.pc ?? 0), exits.interpret, this.#instructions, this.#cycles);
  }

  /** Writes back what the region has in locals. */
  #settle(instructions: number): void {
    this.surroundings.timing?.exit?.(this.#site, this.#trace.instructions, instructions);
    this.registers.spill();
  }

  #exit(pc: Word, why: number, instructions: number, cycles: number): void {
    const { area } = this.surroundings;
    this.#settle(instructions);
    this.builder.store(area(), pc, layout.pc);
    this.builder.store(area(), i32.const(why), layout.exit);
    this.builder.return(this.#words.const(leaving), ...countersAfter(this.#protocol, instructions, cycles));
  }
}
