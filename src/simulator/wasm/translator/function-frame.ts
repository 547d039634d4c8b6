import { call, type Expr, get, i32, type Word, type Words, words } from '../expression.ts';
import { FunctionBuilder } from '../function.ts';
import type { Links } from './block.ts';
import { Emission, type Frame, type Offset } from './emission.ts';
import { Exits } from './exits.ts';
import { FlightChecks } from './flight-checks.ts';
import type { Block } from './flow.ts';
import { exits } from './layout.ts';
import type { Plan } from './plan.ts';
import { countersAfter, left, type Protocol, protocolOf } from './protocol.ts';
import { RangeChecks } from './range-checks.ts';
import { has, registersOf } from './register-set.ts';
import { Registers } from './registers.ts';
import type { Surroundings } from './surroundings.ts';
import type { Decision, TimingSite } from './timing.ts';

/** What holds at a place of the code: written registers, and what was counted since the counters were last up to date. */
interface State {
  readonly position: number;
  readonly index: number;
  readonly written: readonly number[];
  readonly instructions: number;
  readonly cycles: number;
  readonly cost: number;
}

/** A function under construction for a guest function: where the code being written is, what was counted since the counters were settled, and the ways out. */
export class FunctionFrame implements Frame {
  readonly builder: FunctionBuilder;
  readonly registers: Registers;
  readonly surroundings: Surroundings;
  readonly site: TimingSite;
  readonly flights: FlightChecks;
  protected readonly plan: Plan;
  protected readonly links: Links;
  protected readonly protocol: Protocol;
  protected readonly words: Words;
  protected readonly emission: Emission;
  protected readonly ranges: RangeChecks;
  protected readonly exits: Exits;
  protected position = 0;
  /** The instruction at hand in its block, and in the run that the block is part of. */
  protected index = 0;
  protected step = 0;
  /** Since the counters were last up to date, before the instruction at hand; and of it. */
  protected instructions = 0;
  protected cycles = 0;
  protected cost = 0;

  constructor(plan: Plan, surroundings: Surroundings, links: Links) {
    this.plan = plan;
    this.links = links;
    this.surroundings = surroundings;
    this.protocol = protocolOf(surroundings);
    this.builder = new FunctionBuilder(this.protocol.parameters, surroundings.xlen === 64 ? 'i64' : 'i32');
    this.words = words(surroundings.xlen);
    this.registers = new Registers(this.builder, this.words, surroundings.area);
    this.emission = new Emission(this);
    this.flights = new FlightChecks(this.builder, surroundings, this.library);
    this.ranges = new RangeChecks(this.builder, this.registers, surroundings, this.flights);
    this.exits = new Exits(this.builder, this.registers, surroundings, this.protocol, this.words);
    this.site = {
      builder: this.builder,
      name: (value) => this.builder.name(value),
      word: (register) => this.registers.word(register),
      spend: (cycles) => this.builder.set(left, i32.sub(get('i32', left), cycles)),
      cyclesLeft: () => i32.sub(get('i32', left), i32.const(this.cycles)),
      cyclesLeftIssued: () => i32.sub(get('i32', left), i32.const(this.cycles + (surroundings.timing === undefined ? 0 : this.cost))),
      area: surroundings.area,
      call: (index, ...operands) => call('i32', links.timing(index), ...operands),
      ram: surroundings.ram,
    };
  }

  library = (mnemonic: string): number => this.links.library(mnemonic);

  protected get block(): Block {
    return this.plan.blocks[this.position]!;
  }

  protected get state(): State {
    const written = [...this.registers.written];
    return {
      position: this.position,
      index: this.index,
      written,
      instructions: this.instructions,
      cycles: this.cycles,
      cost: this.cost,
    };
  }

  protected restore({ position, index, written, instructions, cycles, cost }: State): void {
    this.position = position;
    this.index = index;
    this.registers.written.clear();
    for (const register of written) this.registers.written.add(register);
    this.instructions = instructions;
    this.cycles = cycles;
    this.cost = cost;
  }

  /** The block that the one at hand leads to at an address. */
  protected positionOf(target: number): number | undefined {
    return this.plan.order.position.get(this.block.copies?.get(target) ?? target);
  }

  protected isLoop(position: number): boolean {
    return this.plan.order.loops[position]!;
  }

  protected begin(position: number): void {
    this.position = position;
    this.index = 0;
    this.registers.written.clear();
    for (const register of registersOf(this.plan.liveness.dirty[position]!)) this.registers.written.add(register);
    this.emission.forgetMode();
  }

  /** What this function does not need any more goes into the core's area: behind the last instruction of a block, or before the one that leaves it. */
  protected settleDead(assign?: () => void): void {
    assign?.();
    const after = this.plan.liveness.after[this.position]!;
    this.registers.settle([...this.registers.written].filter((register) => !has(after, register)));
  }

  issue(): void {
    this.surroundings.timing?.issue?.(this.site, this.block.instructions, this.index);
  }

  place(bytes: number, store: boolean): Offset | undefined {
    return this.ranges.offset(this.step, bytes, store, () => this.leave());
  }

  access(offset: Expr<'i32'>, bytes: number, store: boolean): void {
    const instruction = this.block.instructions[this.index];
    if (instruction) this.surroundings.timing?.access?.(this.site, instruction, { offset, bytes, store });
  }

  leave(): void {
    this.exit(this.words.const(this.block.instructions[this.index]?.pc ?? 0), exits.interpret);
  }

  protected refuses(target: number): boolean {
    if ((target & this.surroundings.targetMask) === 0 && target >= 0 && target < 2 ** 32) return false;
    this.leave();
    return true;
  }

  /** The instruction at hand is done. */
  protected count(decision: Decision): void {
    this.surroundings.timing?.decide?.(this.site, this.block.instructions, this.index, decision);
    this.pass();
  }

  protected pass(): void {
    this.instructions++;
    this.cycles += this.cost;
    this.index++;
  }

  protected counters(): Expr<'i32'>[] {
    return countersAfter(this.protocol, this.instructions, this.cycles);
  }

  protected settleCounters(): void {
    if (this.instructions > 0) for (const [local, count] of this.counters().entries()) this.builder.set(local, count);
    this.instructions = 0;
    this.cycles = 0;
  }

  /** Leaves before a block if the deadline may come at a yield point that is not looked at: `written` is what is to be written back there. */
  protected guard(position: number): void {
    const needed = this.plan.guards?.needed[position] ?? 0;
    if (needed === 0) return;
    const { start } = this.plan.blocks[position]!;
    this.exits.around(() =>
      this.builder.if(i32.leS(get('i32', left), i32.const(needed + this.cycles)), () =>
        this.exit(this.words.const(start), exits.interpretRun),
      ),
    );
  }

  /** Behind a yield point: leaves if the deadline has come, where no place before it made sure that it has not. */
  protected yield(target: Word): void {
    const { guards } = this.plan;
    if (guards !== undefined && !guards.late.has(this.position)) return;
    this.settleCounters();
    this.builder.if(i32.leS(get('i32', left), i32.const(0)), () => this.exit(target, exits.yield));
  }

  protected exitRun(): void {
    this.surroundings.timing?.exit?.(this.site, this.block.instructions, this.index);
  }

  protected spill(): void {
    this.exitRun();
    this.registers.spill();
  }

  protected return(pc: Word): void {
    this.spill();
    this.builder.return(pc, ...this.counters());
  }

  protected exit(pc: Word, why: number): void {
    this.exitRun();
    this.exits.leave(pc, why, this.registers.written, this.counters());
  }

  /** Writes a function whose ways out are behind its body, where they are not behind a part of it. */
  protected around(body: () => void): void {
    this.exits.around(() => {
      body();
      this.builder.unreachable();
    });
    this.builder.unreachable();
  }
}
