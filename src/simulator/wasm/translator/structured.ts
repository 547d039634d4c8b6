import { call, type Expr, get, i32, i64, type Word, type Words, words } from '../expression.ts';
import { FunctionBuilder, type Label } from '../function.ts';
import type { Links } from './block.ts';
import { type Order, orderOf } from './dominators.ts';
import { type Control, Emission, type Frame, type Offset } from './emission.ts';
import { type Block, type End, type Flow, successors } from './flow.ts';
import { type Guards, guardsOf } from './guards.ts';
import type { Instruction } from './instruction.ts';
import { entryOf, exits, layout } from './layout.ts';
import { type Liveness, livenessOf } from './liveness.ts';
import { countersAfter, leaving, left, type Protocol, placeOf, protocolOf } from './protocol.ts';
import { RangeChecks } from './range-checks.ts';
import { placesOf } from './ranges.ts';
import { has, registersOf, union } from './register-set.ts';
import { Registers } from './registers.ts';
import type { Surroundings } from './surroundings.ts';
import type { Decision, TimingSite } from './timing.ts';

/** A guest function, or what is reachable in it from one of its blocks, ready to be written. */
export interface Plan {
  readonly flow: Flow;
  readonly order: Order;
  readonly blocks: readonly Block[];
  readonly liveness: Liveness;
  /** Absent where the cycles of a block are not known from the code. */
  readonly guards: Guards | undefined;
  /** How often the body of a loop of one block is written in a row. */
  readonly copies: readonly number[];
}

/** Undefined where loops are entered at more than one block. */
export function planOf(flow: Flow, surroundings: Surroundings): Plan | undefined {
  const inside = ({ end }: Block) => successors(end).filter((to) => flow.blocks.has(to));
  const order = orderOf(flow.entry, (pc) => inside(flow.blocks.get(pc)!));
  if (!order.reducible) return undefined;
  const blocks = order.nodes.map((pc) => flow.blocks.get(pc)!);
  const isPriced = surroundings.timing !== undefined;
  const copies = blocks.map((block) => (isPriced ? 1 : copiesOf(block)));
  const guards = isPriced ? undefined : guardsOf(blocks, order, (position) => copies[position]! * blocks[position]!.instructions.length);
  return { flow, order, blocks, liveness: livenessOf(blocks, order, surroundings), guards, copies };
}

/** Instructions that a short loop becomes when its body is written several times, and how many times at most. */
const unrolled = 64;
const mostCopies = 4;

/** One check of the deadline, and of the ranges that a loop's steps make, then serves several rounds. */
function copiesOf({ start, instructions, end }: Block): number {
  const isLoop = end.kind === 'branch' && end.taken === start && end.next !== start;
  return isLoop ? Math.max(1, Math.min(mostCopies, Math.floor(unrolled / instructions.length))) : 1;
}

export const structuredFunction = (plan: Plan, surroundings: Surroundings, links: Links): FunctionBuilder =>
  new Structured(plan, surroundings, links).write();

/** Words of the host's stack that a call takes besides the registers' locals. */
const frameWords = 48;

/** What holds at a place of the code: written registers, and what was counted since the counters were last up to date. */
interface State {
  readonly position: number;
  readonly index: number;
  readonly written: readonly number[];
  readonly instructions: number;
  readonly cycles: number;
  readonly cost: number;
}

/** Constructs inside one another, beyond which a function is written block by block instead. */
const deepest = 300;
export class TooDeep extends Error {}

/**
 * The strategy `structured`: a guest function is a function whose loops, blocks and branches are those of the guest (Ramsey, Beyond Relooper, 2022): blocks that
 * several ways lead to stand behind a block of WebAssembly inside the code of their dominator, and a loop's blocks inside a loop. Registers stay in
 * locals from the function's start to its calls and its end. Guest calls are calls.
 */
class Structured implements Frame {
  readonly builder: FunctionBuilder;
  readonly registers: Registers;
  readonly surroundings: Surroundings;
  readonly #plan: Plan;
  readonly #links: Links;
  readonly #protocol: Protocol;
  readonly #words: Words;
  readonly #emission: Emission;
  readonly #site: TimingSite;
  readonly #children: readonly number[][];
  readonly #behind = new Map<number, Label>();
  readonly #again = new Map<number, Label>();
  readonly #ranges: RangeChecks;
  readonly #frame: number;
  /** Where a called function says that the guest goes on. */
  readonly #returned: number;
  #position = 0;
  /** The instruction at hand in its block, and in the run that the copies of the block are. */
  #index = 0;
  #step = 0;
  #nested = 0;
  /** Since the counters were last up to date, before the instruction at hand. */
  #instructions = 0;
  #cycles = 0;
  #cost = 0;

  constructor(plan: Plan, surroundings: Surroundings, links: Links) {
    this.#plan = plan;
    this.#links = links;
    this.surroundings = surroundings;
    this.#protocol = protocolOf(surroundings);
    this.builder = new FunctionBuilder(this.#protocol.parameters, surroundings.xlen === 64 ? 'i64' : 'i32');
    this.#words = words(surroundings.xlen);
    this.registers = new Registers(this.builder, this.#words, surroundings.area);
    this.#emission = new Emission(this);
    this.#ranges = new RangeChecks(this.builder, this.registers, surroundings);
    this.#returned = this.builder.local('word');
    this.#children = childrenOf(plan.order);
    const used = [...registersOf(plan.liveness.live.reduce(union))].length;
    this.#frame = frameWords + used;
    this.#site = {
      builder: this.builder,
      name: (value) => this.builder.name(value),
      word: (register) => this.registers.word(register),
      spend: (cycles) => this.builder.set(left, i32.sub(get('i32', left), cycles)),
      cyclesLeft: () => i32.sub(get('i32', left), i32.const(this.#cycles)),
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
    if (!this.#isLoop(0)) this.#guard(0);
    this.registers.load(registersOf(this.#plan.liveness.live[0]!));
    this.#tree(0);
    this.builder.unreachable();
    return this.builder;
  }

  get #block(): Block {
    return this.#plan.blocks[this.#position]!;
  }

  // The shape

  /** A block and everything that it dominates. */
  #tree(position: number): void {
    if (++this.#nested > deepest) throw new TooDeep();
    for (let next: number | undefined = position; next !== undefined; ) next = this.#loop(next);
    this.#nested--;
  }

  /** Writes a block with what must stand around it; gives the block that follows right behind. */
  #loop(position: number): number | undefined {
    const joins = (this.#children[position] ?? []).filter((child) => this.#isJoin(child));
    if (!this.#isLoop(position)) return this.#inside(position, joins);
    this.#settleCounters();
    this.builder.loop((again) => {
      this.#again.set(position, again);
      this.#begin(position);
      this.#guard(position);
      const next = this.#inside(position, joins);
      if (next !== undefined) this.#tree(next);
    });
    return undefined;
  }

  /** The block inside as many blocks as there are joins that it dominates, each followed by the code of one: the first in the order innermost. */
  #inside(position: number, joins: readonly number[]): number | undefined {
    const last = joins.at(-1);
    if (last === undefined) return this.#write(position);
    if (++this.#nested > deepest) throw new TooDeep();
    this.builder.block((behind) => {
      this.#behind.set(last, behind);
      const next = this.#inside(position, joins.slice(0, -1));
      if (next !== undefined) this.#tree(next);
    });
    this.#nested--;
    this.#instructions = 0;
    this.#cycles = 0;
    return last;
  }

  #isLoop(position: number): boolean {
    return (this.#plan.order.predecessors[position] ?? []).some((from) => from >= position);
  }

  /** Several ways lead there: from several blocks, from copies of one, or from a jump table. */
  #isJoin(position: number): boolean {
    const { order, blocks, copies } = this.#plan;
    const forward = (order.predecessors[position] ?? []).filter((from) => from < position);
    return forward.length > 1 || forward.some((from) => blocks[from]?.end.kind === 'indirect' || copies[from]! > 1);
  }

  get #state(): State {
    const written = [...this.registers.written];
    return {
      position: this.#position,
      index: this.#index,
      written,
      instructions: this.#instructions,
      cycles: this.#cycles,
      cost: this.#cost,
    };
  }

  #restore({ position, index, written, instructions, cycles, cost }: State): void {
    this.#position = position;
    this.#index = index;
    this.registers.written.clear();
    for (const register of written) this.registers.written.add(register);
    this.#instructions = instructions;
    this.#cycles = cycles;
    this.#cost = cost;
  }

  // Blocks

  /** Writes a block and the ways out of it; gives the block that follows right behind. */
  #write(position: number): number | undefined {
    const { surroundings } = this;
    const { timing } = surroundings;
    const { guards, copies } = this.#plan;
    this.#begin(position);
    if (guards?.extra.has(position) && !this.#isLoop(position)) this.#guard(position);
    const { instructions, end } = this.#block;
    timing?.enter?.(this.#site, instructions);
    const run = Array.from({ length: copies[position]! }, () => instructions).flat();
    this.#ranges.begin(placesOf(run, instructions.length, surroundings), () =>
      this.#exit(this.#words.const(this.#block.start), exits.interpretRun),
    );
    for (const [step, instruction] of run.entries()) {
      this.#step = step;
      this.#index = step % instructions.length;
      this.#cost = timing?.cycles(instructions, this.#index) ?? 1;
      this.builder.release();
      const { control, assign } = this.#emission.emit(instruction);
      if (step === run.length - 1) this.#settleDead(control === undefined ? assign : undefined);
      else if (control === undefined) assign();
      if (control !== undefined && step < run.length - 1) this.#goRound(control);
      else if (control !== undefined) return this.#depart(instruction, end, control, assign);
      else this.#pass();
    }
    if (end.kind === 'fall') return this.#edge(end.to);
    this.#exit(this.#words.const(end.kind === 'stop' ? end.at : 0), exits.interpret);
    return undefined;
  }

  #begin(position: number): void {
    this.#position = position;
    this.#index = 0;
    this.registers.written.clear();
    for (const register of registersOf(this.#plan.liveness.dirty[position]!)) this.registers.written.add(register);
    this.#emission.forgetMode();
  }

  /** What this function does not need any more goes into the core's area: behind the last instruction of a block, or before the one that leaves it. */
  #settleDead(assign?: () => void): void {
    assign?.();
    const after = this.#plan.liveness.after[this.#position]!;
    this.registers.settle([...this.registers.written].filter((register) => !has(after, register)));
  }

  /** From one copy of a loop's body to the next one, or out of the loop. */
  #goRound(control: Control): void {
    const { end } = this.#block;
    if (end.kind !== 'branch' || control.kind !== 'branch') return;
    const before = this.#state;
    this.builder.if(i32.eqz(control.condition), () => {
      this.#settleDead();
      this.#count({ kind: 'not taken' });
      this.#edge(end.next);
    });
    this.#restore(before);
    this.#count({ kind: 'taken', target: end.taken });
    this.#yield(this.#words.const(end.taken));
  }

  issue(): void {
    this.surroundings.timing?.issue?.(this.#site, this.#block.instructions, this.#index);
  }

  place(bytes: number, store: boolean): Offset | undefined {
    return this.#ranges.offset(this.#step, bytes, store, () => this.leave());
  }

  access(offset: Expr<'i32'>, bytes: number, store: boolean): void {
    const instruction = this.#block.instructions[this.#index];
    if (instruction) this.surroundings.timing?.access?.(this.#site, instruction, { offset, bytes, store });
  }

  leave(): void {
    this.#exit(this.#words.const(this.#block.instructions[this.#index]?.pc ?? 0), exits.interpret);
  }

  // Control

  /** Writes the results of an instruction that ends its block, and goes where it goes. */
  #depart(instruction: Instruction, end: End, control: Control, assign: () => void): number | undefined {
    if (end.kind === 'branch' && control.kind === 'branch') {
      const before = this.#state;
      this.builder.if(control.condition, () => {
        if (this.#refuses(end.taken)) return;
        this.#count({ kind: 'taken', target: end.taken });
        if (end.taken <= instruction.pc) this.#yield(this.#words.const(end.taken));
        const next = this.#edge(end.taken);
        if (next !== undefined) this.#tree(next);
      });
      this.#restore(before);
      this.#count({ kind: 'not taken' });
      return this.#edge(end.next);
    }
    const links = instruction.operands['rd'] !== 0;
    if (end.kind === 'jump' || end.kind === 'call') {
      if (this.#refuses(end.to)) return undefined;
      const indirect: Decision | undefined = control.kind === 'indirect' ? { kind: 'indirect', target: control.target, links } : undefined;
      this.#count(indirect ?? { kind: 'jump', target: end.to, links });
      assign();
      if (end.kind === 'call') return this.#call(this.#words.const(end.to), end.to, end.back);
      if (indirect !== undefined || end.to <= instruction.pc) this.#yield(this.#words.const(end.to));
      return this.#edge(end.to);
    }
    if (control.kind === 'indirect') return this.#indirect(instruction, end, control.target, assign);
    return undefined;
  }

  #indirect(instruction: Instruction, end: End, target: Word, assign: () => void): number | undefined {
    const { targetMask, area } = this.surroundings;
    if (targetMask !== 0) this.builder.if(i32.and(this.#words.low(target), i32.const(targetMask)), () => this.leave());
    this.#count({ kind: 'indirect', target, links: instruction.operands['rd'] !== 0 });
    assign();
    this.#yield(target);
    if (end.kind === 'indirect') this.#dispatch(target, end.targets);
    if (end.kind !== 'return') {
      const entry = this.builder.name(i32.add(area(), placeOf(this.#words.low(target))));
      const isUnknown = i64.ne(this.#words.toI64U(target), i64.load32U(entry, layout.targets));
      this.builder.if(isUnknown, () => this.#return(target));
      const slot = i32.load(entry, layout.targets + 4);
      if (end.kind === 'indirect call') return this.#call(target, slot, end.back);
      this.#spill();
      this.builder.returnCallIndirect(this.#links.type, slot, ...this.#counters(), get('i32', this.#protocol.depth));
    } else this.#return(target);
    return undefined;
  }

  /** Jumps to the targets of a table, by their distance from the lowest one; goes on behind it with any other target. */
  #dispatch(target: Word, targets: readonly number[]): void {
    const { position } = this.#plan.order;
    const labels = new Map<number, Label>();
    for (const to of targets) {
      const label = this.#labelOf(position.get(to));
      if (label !== undefined) labels.set(to, label);
    }
    if (labels.size === 0) return;
    const [lowest, highest] = [Math.min(...labels.keys()), Math.max(...labels.keys())];
    this.#exitRun();
    this.#settleCounters();
    this.builder.block((other) => {
      const distance = this.builder.name(this.#words.sub(target, this.#words.const(lowest)));
      this.builder.brIf(other, this.#words.gtU(distance, this.#words.const(highest - lowest)));
      const table = Array.from({ length: (highest - lowest) / 2 + 1 }, (_, place) => labels.get(lowest + 2 * place) ?? other);
      this.builder.brTable(i32.shrU(this.#words.low(distance), i32.const(1)), table, other);
    });
  }

  #refuses(target: number): boolean {
    if ((target & this.surroundings.targetMask) === 0 && target >= 0 && target < 2 ** 32) return false;
    this.leave();
    return true;
  }

  /** The instruction at hand is done. */
  #count(decision: Decision): void {
    this.surroundings.timing?.decide?.(this.#site, this.#block.instructions, this.#index, decision);
    this.#pass();
  }

  #pass(): void {
    this.#instructions++;
    this.#cycles += this.#cost;
    this.#index++;
  }

  /** To an address in or outside this function; gives the block that is to be written right here. */
  #edge(target: number): number | undefined {
    const position = this.#plan.order.position.get(target);
    if (position === undefined) {
      this.#outside(target);
      return undefined;
    }
    this.#exitRun();
    const label = this.#labelOf(position);
    if (label === undefined) return position;
    this.#settleCounters();
    this.builder.br(label);
    return undefined;
  }

  /** Back to a loop around this block, or forward to a join behind it. */
  #labelOf(position: number | undefined): Label | undefined {
    if (position === undefined) return undefined;
    if (position <= this.#position) return this.#again.get(position);
    return this.#isJoin(position) ? this.#behind.get(position) : undefined;
  }

  #call(target: Word, callee: number | Expr<'i32'>, back: number): number | undefined {
    const { depth, retired } = this.#protocol;
    const { area } = this.surroundings;
    if (typeof callee === 'number') this.#yield(target);
    const rest = i32.sub(get('i32', depth), i32.const(this.#frame));
    this.builder.if(i32.ltS(get('i32', depth), i32.const(this.#frame)), () => this.#return(target));
    this.#spill();
    this.registers.written.clear();
    const results = [this.#returned, left, ...(retired === undefined ? [] : [retired])];
    const operands = [...this.#counters(), rest];
    const link = typeof callee === 'number' ? this.#links.link(callee) : undefined;
    if (typeof callee !== 'number') this.builder.callIndirectInto(results, this.#links.type, callee, ...operands);
    else if (link === undefined) {
      const entry = entryOf(callee);
      this.builder.if(i32.ne(i32.load(area(), entry), i32.const(callee)), () => this.#return(target));
      this.builder.callIndirectInto(results, this.#links.type, i32.load(area(), entry + 4), ...operands);
    } else if ('index' in link) this.builder.callInto(results, link.index, ...operands);
    else this.builder.callIndirectInto(results, this.#links.type, i32.const(link.slot), ...operands);
    this.#instructions = 0;
    this.#cycles = 0;
    const elsewhere = this.#words.ne(get('word', this.#returned), this.#words.const(back));
    this.builder.if(elsewhere, () => this.builder.return(get('word', this.#returned), ...this.#counters()));
    const position = this.#plan.order.position.get(back);
    if (position !== undefined) {
      if (!this.#isLoop(position)) this.#guard(position);
      this.registers.load(registersOf(this.#plan.liveness.live[position]!));
    }
    return this.#edge(back);
  }

  /** Control leaves this function for good: the guest goes on at an address behind it. */
  #outside(target: number): void {
    const link = this.#links.link(target);
    this.#spill();
    const operands = [...this.#counters(), get('i32', this.#protocol.depth)];
    if (link === undefined) this.#return(this.#words.const(target));
    else if ('index' in link) this.builder.returnCall(link.index, ...operands);
    else this.builder.returnCallIndirect(this.#links.type, i32.const(link.slot), ...operands);
  }

  // Counters and exits

  #counters(): Expr<'i32'>[] {
    return countersAfter(this.#protocol, this.#instructions, this.#cycles);
  }

  #settleCounters(): void {
    if (this.#instructions > 0) for (const [local, count] of this.#counters().entries()) this.builder.set(local, count);
    this.#instructions = 0;
    this.#cycles = 0;
  }

  /** Leaves before a block if the deadline may come at a yield point that is not looked at: `written` is what is to be written back there. */
  #guard(position: number): void {
    const needed = this.#plan.guards?.needed[position] ?? 0;
    if (needed === 0) return;
    const { start } = this.#plan.blocks[position]!;
    this.builder.if(i32.leS(get('i32', left), i32.const(needed + this.#cycles)), () =>
      this.#exit(this.#words.const(start), exits.interpretRun),
    );
  }

  /** Behind a yield point: leaves if the deadline has come, where no place before it made sure that it has not. */
  #yield(target: Word): void {
    const { guards } = this.#plan;
    if (guards !== undefined && !guards.late.has(this.#position)) return;
    this.#settleCounters();
    this.builder.if(i32.leS(get('i32', left), i32.const(0)), () => this.#exit(target, exits.yield));
  }

  #exitRun(): void {
    this.surroundings.timing?.exit?.(this.#site, this.#block.instructions, this.#index);
  }

  #spill(): void {
    this.#exitRun();
    this.registers.spill();
  }

  #return(pc: Word): void {
    this.#spill();
    this.builder.return(pc, ...this.#counters());
  }

  #exit(pc: Word, why: number): void {
    const { area } = this.surroundings;
    this.#spill();
    this.builder.store(area(), pc, layout.pc);
    this.builder.store(area(), i32.const(why), layout.exit);
    this.builder.return(this.#words.const(leaving), ...this.#counters());
  }
}

/** The blocks that each block dominates immediately, in the order. */
function childrenOf({ dominator }: Order): number[][] {
  const children: number[][] = dominator.map(() => []);
  for (const [index, above] of dominator.entries()) if (index > 0) children[above]?.push(index);
  return children;
}
