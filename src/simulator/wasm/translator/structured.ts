import { type Expr, get, i32, i64, type Word } from '../expression.ts';
import type { FunctionBuilder, Label } from '../function.ts';
import type { Links } from './block.ts';
import type { Control, Emitted } from './emission.ts';
import type { Block, End } from './flow.ts';
import { FunctionFrame } from './function-frame.ts';
import type { Instruction } from './instruction.ts';
import { entryOf, exits, layout } from './layout.ts';
import { childrenOf, type Plan } from './plan.ts';
import { left, placeOf } from './protocol.ts';
import { placesOf } from './ranges.ts';
import { registersOf, union } from './register-set.ts';
import { certainOf } from './runs.ts';
import type { Surroundings } from './surroundings.ts';
import type { Decision } from './timing.ts';

export const structuredFunction = (plan: Plan, surroundings: Surroundings, links: Links): FunctionBuilder =>
  new Structured(plan, surroundings, links).write();

/** Words of the host's stack that a call takes besides the registers' locals. */
const frameWords = 48;

/** Constructs inside one another, beyond which a function is written block by block instead. */
const deepest = 300;
export class TooDeep extends Error {}

/**
 * The strategy `structured`: a guest function is a function whose loops, blocks and branches are those of the guest (Ramsey, Beyond Relooper, 2022): blocks that
 * several ways lead to stand behind a block of WebAssembly inside the code of their dominator, and a loop's blocks inside a loop. Registers stay in
 * locals from the function's start to its calls and its end. Guest calls are calls.
 */
class Structured extends FunctionFrame {
  readonly #children: readonly number[][];
  /** Whether several ways lead to each block: from several blocks, from copies of one, or from a jump table. */
  readonly #joins: readonly boolean[];
  readonly #behind = new Map<number, Label>();
  readonly #again = new Map<number, Label>();
  /** Addresses that returns and jumps through tables lead to, and those behind what is given to a device. */
  readonly #reachedIndirectly: ReadonlySet<number>;
  readonly #frame: number;
  /** Where a called function says that the guest goes on. */
  readonly #returned: number;
  #nested = 0;

  constructor(plan: Plan, surroundings: Surroundings, links: Links) {
    super(plan, surroundings, links);
    this.#returned = this.builder.local('word');
    this.#children = childrenOf(plan.order);
    this.#reachedIndirectly = new Set(
      plan.blocks.flatMap(({ end, instructions }) => {
        if ('back' in end) return [end.back];
        if (end.kind === 'fall') return instructions.at(-1)?.row.control === 'device' ? [end.to] : [];
        return end.kind === 'indirect' ? end.targets : [];
      }),
    );
    const repeated = new Set(plan.runs.flatMap(({ members, copies }) => (copies > 1 ? members : [])));
    const isSource = (from: number) => plan.blocks[from]?.end.kind === 'indirect' || repeated.has(from);
    this.#joins = plan.order.predecessors.map((sources, position) => {
      const forward = sources.filter((from) => from < position);
      return forward.length > 1 || forward.some(isSource);
    });
    this.#frame = frameWords + [...registersOf(plan.liveness.live.reduce(union))].length;
  }

  write(): FunctionBuilder {
    this.around(() => {
      if (!this.isLoop(0)) this.guard(0);
      this.registers.load(registersOf(this.plan.liveness.live[0]!));
      this.#tree(0);
    });
    return this.builder;
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
    const { members } = this.plan.runs[position]!;
    const children = members.flatMap((member) => this.#children[member] ?? []).filter((child) => !members.includes(child));
    const joins = children.filter((child) => this.#joins[child]).sort((a, b) => a - b);
    if (!this.isLoop(position)) return this.#inside(position, joins);
    this.settleCounters();
    this.builder.loop((again) => {
      this.#again.set(position, again);
      this.begin(position);
      this.guard(position);
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
    this.instructions = 0;
    this.cycles = 0;
    return last;
  }

  // Blocks

  /** Writes the run that starts at a block and the ways out of it; gives the block that follows right behind. */
  #write(head: number): number | undefined {
    const { surroundings } = this;
    const { guards, runs, blocks } = this.plan;
    const { members, skipped, copies } = runs[head]!;
    this.begin(head);
    if (guards?.extra.has(head) && !this.isLoop(head)) this.guard(head);
    const round = members.flatMap((member) => blocks[member]!.instructions);
    const rounds = copies === 1 ? round : Array.from({ length: copies }, () => round).flat();
    const arms = new Set([...skipped].flatMap((arm) => blocks[arm]!.instructions));
    const places = placesOf(rounds, certainOf(runs[head]!, blocks), surroundings, arms);
    const { start } = this.block;
    const checkRanges = () => this.ranges.begin(places, () => this.exit(this.words.const(start), exits.interpretRun));
    this.step = 0;
    for (let copy = 1; copy <= copies; copy++) {
      for (const [at, member] of members.entries()) {
        if (skipped.has(member)) continue;
        this.position = member;
        const arm = skipped.has(members[at + 1] ?? -1) ? members[at + 1] : undefined;
        const last = copy === copies && at === members.length - 1;
        const following = this.#body(last ? undefined : (members[at + 1] ?? head), arm, copy === 1 && at === 0 ? checkRanges : undefined);
        if (last) return following;
      }
    }
    return undefined;
  }

  /** The instructions of a block behind what comes first, and the ways out of it: all of them, or those that do not lead to the next block of its run. */
  #body(next: number | undefined, arm: number | undefined, first: (() => void) | undefined): number | undefined {
    const { timing } = this.surroundings;
    const { instructions, end, start } = this.block;
    const straight = end.kind === 'fall' || end.kind === 'stop' ? instructions.length : instructions.length - 1;
    const turn = instructions[straight];
    this.exits.around(() => {
      first?.();
      timing?.enter?.(this.site, instructions, this.position > 0 && !this.#reachedIndirectly.has(start));
      for (let index = 0; index < straight; index++) {
        const { assign } = this.#emit(index);
        const isLast = next === undefined && index === instructions.length - 1;
        if (isLast) this.settleDead(assign);
        else assign();
        this.pass();
      }
    });
    if (turn !== undefined) {
      const { control, assign } = this.#emit(straight);
      if (control === undefined) throw new Error(`${turn.row.mnemonic} does not say where control goes`);
      if (next === undefined) {
        this.settleDead();
        return this.#depart(turn, end, control, assign);
      }
      if (arm !== undefined) this.#skip(end, control, this.plan.blocks[arm]!);
      else this.#goOn(end, control, this.plan.blocks[next]!.start);
    }
    if (next !== undefined) return undefined;
    if (end.kind === 'fall') return this.#edge(end.to);
    this.exit(this.words.const(end.kind === 'stop' ? end.at : 0), exits.interpret);
    return undefined;
  }

  /** Writes an instruction of the block at hand, but for its results. */
  #emit(index: number): Emitted {
    this.index = index;
    this.cost = this.surroundings.timing?.cycles(this.block.instructions, index) ?? 1;
    this.builder.release();
    const emitted = this.emission.emit(this.block.instructions[index]!);
    this.step++;
    return emitted;
  }

  /** Over a few instructions to the next block, or through them: what they take is counted apart. */
  #skip(end: End, control: Control, arm: Block): void {
    if (end.kind !== 'branch' || control.kind !== 'branch') return;
    this.pass();
    const before = this.state;
    this.builder.if(end.next === arm.start ? i32.eqz(control.condition) : control.condition, () => {
      for (const instruction of arm.instructions) {
        this.builder.release();
        this.emission.emit(instruction).assign();
        this.step++;
      }
      this.position = this.plan.order.position.get(arm.start)!;
      this.settleDead();
      this.builder.set(left, i32.sub(get('i32', left), i32.const(arm.instructions.length)));
    });
    this.restore({ ...before, written: [...before.written, ...this.registers.written] });
  }

  /** To the next block of the run, or out of it. */
  #goOn(end: End, control: Control, next: number): void {
    if (end.kind === 'branch' && control.kind === 'branch') {
      const goesOn = end.taken === next;
      const [inside, outside]: Decision[] = [{ kind: 'taken', target: end.taken }, { kind: 'not taken' }];
      const before = this.state;
      this.builder.if(goesOn ? i32.eqz(control.condition) : control.condition, () => {
        if (!goesOn && this.refuses(end.taken)) return;
        this.settleDead();
        this.count(goesOn ? outside! : inside!);
        if (!goesOn && end.taken <= (this.block.instructions.at(-1)?.pc ?? 0)) this.yield(this.words.const(end.taken));
        this.#edge(goesOn ? end.next : end.taken);
      });
      this.restore(before);
      this.count(goesOn ? inside! : outside!);
    } else this.count({ kind: 'jump', target: next, links: false });
  }

  // Control

  /** Writes the results of an instruction that ends its block, and goes where it goes. */
  #depart(instruction: Instruction, end: End, control: Control, assign: () => void): number | undefined {
    if (end.kind === 'branch' && control.kind === 'branch') {
      const before = this.state;
      this.builder.if(control.condition, () => {
        if (this.refuses(end.taken)) return;
        this.count({ kind: 'taken', target: end.taken });
        if (end.taken <= instruction.pc) this.yield(this.words.const(end.taken));
        const next = this.#edge(end.taken);
        if (next !== undefined) this.#tree(next);
      });
      this.restore(before);
      this.count({ kind: 'not taken' });
      return this.#edge(end.next);
    }
    const links = instruction.operands['rd'] !== 0;
    if (end.kind === 'jump' || end.kind === 'call') {
      if (this.refuses(end.to)) return undefined;
      const indirect: Decision | undefined = control.kind === 'indirect' ? { kind: 'indirect', target: control.target, links } : undefined;
      this.count(indirect ?? { kind: 'jump', target: end.to, links });
      assign();
      if (end.kind === 'call') return this.#call(this.words.const(end.to), end.to, end.back);
      if (indirect !== undefined || end.to <= instruction.pc) this.yield(this.words.const(end.to));
      return this.#edge(end.to);
    }
    if (control.kind === 'indirect') return this.#indirect(instruction, end, control.target, assign);
    return undefined;
  }

  #indirect(instruction: Instruction, end: End, target: Word, assign: () => void): number | undefined {
    const { targetMask, area } = this.surroundings;
    if (targetMask !== 0) this.builder.if(i32.and(this.words.low(target), i32.const(targetMask)), () => this.leave());
    this.count({ kind: 'indirect', target, links: instruction.operands['rd'] !== 0 });
    assign();
    this.yield(target);
    if (end.kind === 'indirect') this.#dispatch(target, end.targets);
    if (end.kind !== 'return') {
      const entry = this.builder.name(i32.add(area(), placeOf(this.words.low(target))));
      const isUnknown = i64.ne(this.words.toI64U(target), i64.load32U(entry, layout.targets));
      this.builder.if(isUnknown, () => this.return(target));
      const slot = i32.load(entry, layout.targets + 4);
      if (end.kind === 'indirect call') return this.#call(target, slot, end.back);
      this.spill();
      this.builder.returnCallIndirect(this.links.type, slot, ...this.counters(), get('i32', this.protocol.depth));
    } else this.return(target);
    return undefined;
  }

  /** Jumps to the targets of a table, by their distance from the lowest one; goes on behind it with any other target. */
  #dispatch(target: Word, targets: readonly number[]): void {
    const labels = new Map<number, Label>();
    for (const to of targets) {
      const label = this.#labelOf(this.positionOf(to));
      if (label !== undefined) labels.set(to, label);
    }
    if (labels.size === 0) return;
    const [lowest, highest] = [Math.min(...labels.keys()), Math.max(...labels.keys())];
    this.exitRun();
    this.settleCounters();
    this.builder.block((other) => {
      const distance = this.builder.name(this.words.sub(target, this.words.const(lowest)));
      this.builder.brIf(other, this.words.gtU(distance, this.words.const(highest - lowest)));
      const table = Array.from({ length: (highest - lowest) / 2 + 1 }, (_, place) => labels.get(lowest + 2 * place) ?? other);
      this.builder.brTable(i32.shrU(this.words.low(distance), i32.const(1)), table, other);
    });
  }

  /** To an address in or outside this function; gives the block that is to be written right here. */
  #edge(target: number): number | undefined {
    const position = this.positionOf(target);
    if (position === undefined) {
      this.#outside(target);
      return undefined;
    }
    this.exitRun();
    const label = this.#labelOf(position);
    if (label === undefined) return position;
    this.settleCounters();
    this.builder.br(label);
    return undefined;
  }

  /** Back to a loop around this block, or forward to a join behind it. */
  #labelOf(position: number | undefined): Label | undefined {
    if (position === undefined) return undefined;
    if (position <= this.position) return this.#again.get(position);
    return this.#joins[position] ? this.#behind.get(position) : undefined;
  }

  #call(target: Word, callee: number | Expr<'i32'>, back: number): number | undefined {
    const { depth, retired } = this.protocol;
    const { area } = this.surroundings;
    if (typeof callee === 'number') this.yield(target);
    const rest = i32.sub(get('i32', depth), i32.const(this.#frame));
    this.builder.if(i32.ltS(get('i32', depth), i32.const(this.#frame)), () => this.return(target));
    this.spill();
    this.registers.written.clear();
    const results = [this.#returned, left, ...(retired === undefined ? [] : [retired])];
    const operands = [...this.counters(), rest];
    const link = typeof callee === 'number' ? this.links.link(callee) : undefined;
    if (typeof callee !== 'number') this.builder.callIndirectInto(results, this.links.type, callee, ...operands);
    else if (link === undefined) {
      const entry = entryOf(callee);
      this.builder.if(i32.ne(i32.load(area(), entry), i32.const(callee)), () => this.return(target));
      this.builder.callIndirectInto(results, this.links.type, i32.load(area(), entry + 4), ...operands);
    } else if ('index' in link) this.builder.callInto(results, link.index, ...operands);
    else this.builder.callIndirectInto(results, this.links.type, i32.const(link.slot), ...operands);
    this.instructions = 0;
    this.cycles = 0;
    const elsewhere = this.words.ne(get('word', this.#returned), this.words.const(back));
    this.builder.if(elsewhere, () => this.builder.return(get('word', this.#returned), ...this.counters()));
    const position = this.positionOf(back);
    if (position !== undefined) {
      if (!this.isLoop(position)) this.guard(position);
      this.registers.load(registersOf(this.plan.liveness.live[position]!));
    }
    return this.#edge(back);
  }

  /** Control leaves this function for good: the guest goes on at an address behind it. */
  #outside(target: number): void {
    const link = this.links.link(target);
    this.spill();
    const operands = [...this.counters(), get('i32', this.protocol.depth)];
    if (link === undefined) this.return(this.words.const(target));
    else if ('index' in link) this.builder.returnCall(link.index, ...operands);
    else this.builder.returnCallIndirect(this.links.type, i32.const(link.slot), ...operands);
  }
}
