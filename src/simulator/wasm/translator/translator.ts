import type { Reply } from '../../riscv/accelerator.ts';
import type { Core } from '../../riscv/core.ts';
import type { Decoder } from '../../riscv/decoder.ts';
import type { Interpreter } from '../../riscv/interpreter.ts';
import type { KeptCode } from '../../translations.ts';
import { checkLoad, checkStore, fence, functOf, type GiveCommand, portOf, undone } from './commands.ts';
import { fetch, hasFloats } from './fetch.ts';
import { longest as nearDeadline } from './guards.ts';
import { Image } from './image.ts';
import { decodeKept, encodeKept, type Kept } from './kept.ts';
import { exits, layout } from './layout.ts';
import { Loops } from './loops.ts';
import { forNextRun } from './next-run.ts';
import { Regions } from './regions.ts';
import { surroundingsOf } from './surroundings.ts';
import type { EmittedTiming } from './timing.ts';
import type { Strategy } from './units.ts';

export interface TranslatorOptions {
  /** The memory that holds the core's main memory, as `linearMemory` lays it out. */
  readonly memory: WebAssembly.Memory;
  /** What runs everything that is not translated; its core, with the registers of `coreRegisters`, is the core. */
  readonly interpreter: Interpreter;
  readonly decoder: Decoder;
  /** The cycle model, if it is not that every instruction takes one. */
  readonly timing?: EmittedTiming | undefined;
  /** `structured` where absent: faster for one core that runs long, with `block` where it cannot be done. */
  readonly strategy?: Strategy | undefined;
  /**
   * Times that an address is interpreted before it is translated, 3 where absent. A short program ends sooner with more: to translate an instruction takes
   * as long as to interpret it several hundred times.
   */
  readonly warm?: number | undefined;
  /** Which of several cores with one memory this is: its area lies there. */
  readonly place?: { readonly index: number; readonly cores: number };
  /** The start of the function that an address is in, where the program's symbols tell. */
  readonly functionOf?: ((pc: number) => number | undefined) | undefined;
  /** What was translated before, and where what is translated now is to stay; of the only core of a machine. */
  readonly kept?: KeptCode | undefined;
}

/** Translations that changed code is worth. */
const retranslations = 16;
/** A loop inside a function takes so many times the visits: its function becomes warm as a whole, as a rule, and is translated once then. */
const inside = 16;
/** For the next run even what was interpreted so many times more rarely is translated. */
const rare = 32;
/** Counters of visits; addresses that share one become warm together. */
const counters = 1 << 15;
/** Cycles that translated code counts to before it comes back: less than half of what an int32 holds. */
const slice = 2 ** 30;

/** The fast engine: translated regions where there are any, one step of the interpreter wherever they end. */
export class Translator {
  readonly #core: Core;
  readonly #interpreter: Interpreter;
  readonly #image: Image;
  readonly #regions: Regions;
  /** Translated code counts the instructions apart from the cycles. */
  readonly #counts: boolean;
  readonly #loops: Loops;
  readonly #state: Int32Array;
  readonly #reply: Reply = { low: 0, high: 0 };
  /** The command at hand: none is kept. */
  readonly #command = { funct: 0, rs1: 0, rs1High: 0, rs2: 0, rs2High: 0 };
  readonly #replied: Int32Array;
  /** The cycle at which no cycles are left, and the cycles for which accelerators had the core wait, since translated code was entered. */
  #end = 0;
  #waited = 0;
  /** The deadline, and what other cores have reserved. */
  readonly #deadline: Int32Array;
  readonly #visits = new Uint16Array(counters);
  readonly #warm: number;
  readonly #functionOf: (pc: number) => number | undefined;
  #codeVersion: number;
  #floats: boolean;
  #breakpoints: number;
  #timing = 0;
  #rewritten = 0;
  readonly #keptCode: KeptCode | undefined;
  readonly #kept: Kept | undefined;
  /** The regions that were taken from what is kept. */
  #adopted: ReadonlySet<number> = new Set();
  /** Places at which a region was looked for in vain. */
  readonly #interpreted = new Set<number>();
  /** Places at which a region was left for the interpreter. */
  readonly #left = new Set<number>();

  constructor(options: TranslatorOptions) {
    const { memory, interpreter, decoder, timing, strategy = 'structured', warm = 3, place = { index: 0, cores: 1 } } = options;
    const { core } = interpreter;
    this.#warm = warm;
    this.#functionOf = options.functionOf ?? (() => undefined);
    this.#core = core;
    this.#interpreter = interpreter;
    this.#codeVersion = core.codeVersion;
    this.#floats = hasFloats(core);
    this.#breakpoints = core.breakpointVersion;
    const area = place.index * layout.area;
    const surroundings = surroundingsOf(core, timing, place.cores > 1);
    this.#image = new Image(core.bus.main.bytes, surroundings, strategy, (pc) =>
      fetch(core, decoder, pc, this.#loops, timing?.commands ?? true),
    );
    this.#loops = new Loops(core, (pc) => this.#image.covers(pc));
    this.#regions = new Regions(memory, area, this.#image, this.#give);
    this.#counts = timing !== undefined;
    this.#replied = new Int32Array(memory.buffer, area + layout.reply, 2);
    this.#state = new Int32Array(memory.buffer, area + layout.pc, 6);
    this.#deadline = new Int32Array(memory.buffer, area + layout.deadline, 3);
    const isWhole = !this.#loops.exist && place.cores === 1 && (timing === undefined || timing.conditions !== undefined);
    this.#keptCode = isWhole ? options.kept : undefined;
    const before = this.#keptCode?.find();
    this.#kept = before && decodeKept(before);
    this.#adopt();
  }

  /** Leaves to later runs what is worth its translation, if it is more than was found. */
  keep(): void {
    if (this.#keptCode === undefined || this.#core.breakpoints.size > 0) return;
    const missed = [...this.#interpreted].filter((pc) => this.#visitsOf(pc) >= this.#warm / rare);
    const seen = { adopted: this.#adopted, missed, left: this.#left, functionOf: this.#functionOf };
    const image = this.#rewritten > 0 ? this.#image : forNextRun(this.#image, seen);
    if (image === undefined || image.parts.length === 0) return;
    this.#keptCode.keep(encodeKept(image.kept(this.#conditions)));
  }

  /** Takes what an earlier run has translated, where it stands for the code in memory as it is now. */
  #adopt(): void {
    this.#adopted = new Set();
    if (this.#kept?.conditions !== this.#conditions || this.#core.breakpoints.size > 0 || !this.#image.adopt(this.#kept)) return;
    if (this.#regions.instantiate()) this.#adopted = new Set(this.#image.entries);
    else this.#image.forget();
  }

  /** What translated code takes for granted besides the guest's code. */
  get #conditions(): string {
    const { surroundings, strategy } = this.#image;
    return JSON.stringify([surroundings, strategy, hasFloats(this.#core), this.#core.accelerators.map(({ suspends }) => suspends)]);
  }

  /** Translates ahead of the first run: what starts at these addresses, and what can be reached from there by known ways. */
  prepare(entries: readonly number[]): void {
    this.#translate(() => this.#image.translate(entries));
  }

  /** Runs until the first yield point at or after the deadline, or until the core waits. */
  run(): void {
    const core = this.#core;
    if (!this.#interpreter.wake()) return;
    let yields = true;
    for (;;) {
      if (core.codeVersion !== this.#codeVersion) this.#checkCode();
      const slot: number | undefined = (this.#interpreter.timing?.between ?? true) ? this.#find(core.pc >>> 0, yields) : undefined;
      if (slot === undefined) yields = this.#interpreter.advanceBlock();
      else {
        const exit: number = core.deadline > core.cycle ? this.#enter(slot) : exits.interpret;
        if (this.#keptCode !== undefined && exit !== exits.goOn && exit !== exits.yield) this.#left.add(core.pc >>> 0);
        if (exit === exits.goOn) {
          yields = true;
          continue;
        }
        if (exit === exits.interpretRun) yields = this.#interpretRun();
        else yields = exit === exits.yield || this.#interpreter.advance();
      }
      if (yields && (core.waiting || core.cycle >= core.deadline)) return;
    }
  }

  /** A command of translated code. */
  readonly #give: GiveCommand = (operation, left, rs1, rs1High, rs2, rs2High) => {
    const core = this.#core;
    const cycle = this.#end - left;
    try {
      if (operation === fence) return this.#wait(cycle, core.fenceAt(cycle), left);
      if (operation === checkLoad || operation === checkStore) {
        core.inFlight?.check((core.bus.main.base >>> 0) + (rs1 >>> 0), rs1High, operation === checkLoad ? 'load' : 'store');
        return 0;
      }
      const command = this.#command;
      command.funct = functOf(operation);
      command.rs1 = rs1;
      command.rs1High = rs1High;
      command.rs2 = rs2;
      command.rs2High = rs2High;
      const next = core.accelerators[portOf(operation)]!.command!(cycle, command, this.#reply);
      this.#replied[0] = this.#reply.low;
      this.#replied[1] = this.#reply.high;
      return next <= cycle ? 0 : this.#wait(cycle, next, left);
    } catch {
      return undone;
    }
  };

  /** The cycles that are waited until another cycle, as far as translated code counts them: what lies beyond the deadline would overflow its counter. */
  #wait(cycle: number, next: number, left: number): number {
    const wait = Math.max(0, next - cycle);
    const counted = Math.min(wait, Math.max(0, left));
    this.#core.cycle += wait - counted;
    this.#end += wait - counted;
    this.#waited += counted;
    return counted;
  }

  /** Runs one instruction, or takes one interrupt or exception. */
  step(): void {
    this.#interpreter.step();
  }

  /** Forgets what it knows of the code in memory. */
  flush(): void {
    this.#interpreter.flush();
    this.#forget();
  }

  /** The region at an address. Only yield points count as visits: functions and loops start there, and few other places. */
  #find(pc: number, counts: boolean): number | undefined {
    if (this.#core.pcHigh !== 0) return undefined;
    const known = this.#regions.find(pc);
    if (known !== undefined || !counts) return known;
    if (this.#keptCode !== undefined) this.#interpreted.add(pc);
    const start = this.#functionOf(pc) ?? pc;
    const followsCall = this.#followsCall(pc);
    if (followsCall) return this.#visit(pc, this.#warm, 'block');
    if (start !== pc && this.#image.slot(start) === undefined) this.#visit(start, this.#warm);
    return this.#visit(pc, start === pc ? this.#warm : this.#warm * inside);
  }

  /** Counts a visit of what may start a region there, which is translated once there were enough. */
  #visit(pc: number, enough: number, strategy?: Strategy): number | undefined {
    const visits = this.#visitsOf(pc) + 1;
    const isWarm = visits >= enough;
    this.#visits[(pc >>> 1) % counters] = isWarm ? 0 : visits;
    if (!isWarm || this.#rewritten >= retranslations) return undefined;
    this.#translate(() => this.#image.translate([pc], (to) => this.#visitsOf(to) >= this.#warm >> 2, strategy));
    return this.#regions.find(pc);
  }

  /** Whether the instruction before is a call: the guest comes back here. */
  #followsCall(pc: number): boolean {
    return [pc - 4, pc - 2].some((at) => {
      const { row, operands, next } = this.#image.instruction(at) ?? {};
      return next === pc && row?.control !== 'next' && operands?.['rd'] === 1;
    });
  }

  #visitsOf(pc: number): number {
    return this.#visits[(pc >>> 1) % counters] ?? 0;
  }

  /** Translates, and again if the code lays hardware loops whose ends were not known as such; the interpreter has not met them either. */
  #translate(write: () => void): void {
    for (write(); this.#loops.finish(); write()) this.#forget();
    this.#interpreter.refresh();
    this.#codeVersion = this.#core.codeVersion;
  }

  /** Runs translated code and says why it was left. Its registers are where the core's are. */
  #enter(slot: number): number {
    const core = this.#core;
    const cycles = Math.min(core.deadline - core.cycle, slice);
    this.#state[5] = core.floats.flags | (core.rounding << 5);
    this.#deadline[0] = core.cycle + cycles;
    this.#deadline[1] = core.guard.from;
    this.#deadline[2] = core.guard.bytes;
    this.#end = core.cycle + cycles;
    this.#waited = 0;
    this.#regions.run(slot, cycles);
    const state = this.#state;
    const passed = cycles - state[3]!;
    core.pc = state[0]!;
    core.pcHigh = core.xlen === 64 ? state[1]! : 0;
    core.cycle += passed;
    core.instret += this.#counts ? state[4]! : passed - this.#waited;
    core.floats.flags = state[5]! & 31;
    this.#interpreter.timing?.resume();
    return state[2]!;
  }

  /** Interprets up to a change of control, close before the deadline up to it; says whether a yield point follows. */
  #interpretRun(): boolean {
    const core = this.#core;
    for (;;) {
      const yields = this.#interpreter.advanceBlock();
      const cycles = core.deadline - core.cycle;
      const ends = yields && (core.waiting || cycles <= 0);
      if (ends || cycles > nearDeadline || core.codeVersion !== this.#codeVersion) return yields;
    }
  }

  #checkCode(): void {
    this.#interpreter.refresh();
    this.#codeVersion = this.#core.codeVersion;
    const floats = hasFloats(this.#core);
    const { current } = this.#image;
    const { breakpointVersion } = this.#core;
    const loops = this.#loops.changed();
    const timing = this.#interpreter.timing?.version ?? 0;
    const isSame = current && floats === this.#floats && !loops && breakpointVersion === this.#breakpoints && timing === this.#timing;
    if (isSame) return;
    this.#timing = timing;
    this.#floats = floats;
    this.#breakpoints = breakpointVersion;
    this.#forget();
    if (!current) this.#rewritten++;
    this.#adopt();
  }

  #forget(): void {
    this.#image.forget();
    this.#visits.fill(0);
    this.#interpreted.clear();
    this.#left.clear();
  }
}
