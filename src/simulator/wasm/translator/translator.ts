import type { Core } from '../../riscv/core.ts';
import { status } from '../../riscv/csr.ts';
import type { Decoder } from '../../riscv/decoder.ts';
import type { Interpreter } from '../../riscv/interpreter.ts';
import { Image } from './image.ts';
import type { Instruction } from './instruction.ts';
import { exits, layout } from './layout.ts';
import { Regions } from './regions.ts';
import { surroundingsOf } from './surroundings.ts';
import type { EmittedTiming } from './timing.ts';
import type { Strategy } from './units.ts';

export interface TranslatorOptions {
  /** The memory that holds the core's main memory, as `linearMemory` lays it out. */
  readonly memory: WebAssembly.Memory;
  /** What runs everything that is not translated; its core is the core. */
  readonly interpreter: Interpreter;
  readonly decoder: Decoder;
  /** The cycle model, if it is not that every instruction takes one. */
  readonly timing?: EmittedTiming | undefined;
  /** `structured` where absent: faster for one core that runs long, with `block` where it cannot be done. */
  readonly strategy?: Strategy | undefined;
  /** Which of several cores with one memory this is: its area lies there. */
  readonly place?: { readonly index: number; readonly cores: number };
}

/** Times that an address is interpreted before it is translated, and translations that changed code is worth. */
const warm = 3;
const retranslations = 16;
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
  readonly #x: Int32Array;
  readonly #f: Int32Array;
  readonly #state: Int32Array;
  /** The deadline, and what other cores have reserved. */
  readonly #deadline: Int32Array;
  readonly #visits = new Map<number, number>();
  #codeVersion: number;
  #floats: boolean;
  #loopEnds: number;
  #breakpoints: number;
  #rewritten = 0;

  constructor({ memory, interpreter, decoder, timing, strategy = 'structured', place = { index: 0, cores: 1 } }: TranslatorOptions) {
    const { core } = interpreter;
    this.#core = core;
    this.#interpreter = interpreter;
    this.#codeVersion = core.codeVersion;
    this.#floats = hasFloats(core);
    this.#loopEnds = core.loopEnds.size;
    this.#breakpoints = core.breakpointVersion;
    const area = place.index * layout.area;
    const surroundings = surroundingsOf(core, timing, place.cores > 1);
    this.#image = new Image(core.bus.main.bytes, surroundings, strategy, (pc) => fetch(core, decoder, pc));
    this.#regions = new Regions(memory, area, this.#image);
    this.#counts = timing !== undefined;
    this.#x = new Int32Array(memory.buffer, area + layout.x, 64);
    this.#f = new Int32Array(memory.buffer, area + layout.f, 64);
    this.#state = new Int32Array(memory.buffer, area + layout.pc, 6);
    this.#deadline = new Int32Array(memory.buffer, area + layout.deadline, 3);
  }

  /** Translates ahead of the first run: what starts at these addresses, and what can be reached from there by known ways. */
  prepare(entries: readonly number[]): void {
    this.#image.translate(entries);
  }

  /** Runs until the first yield point at or after the deadline, or until the core waits. */
  run(): void {
    const core = this.#core;
    if (!this.#interpreter.wake()) return;
    for (;;) {
      if (core.codeVersion !== this.#codeVersion) this.#checkCode();
      const slot = this.#find(core.pc >>> 0);
      let yields: boolean;
      if (slot === undefined) yields = this.#interpreter.advanceBlock();
      else {
        const exit = core.deadline > core.cycle ? this.#enter(slot) : exits.interpret;
        if (exit === exits.goOn) continue;
        yields = exit === exits.yield || this.#interpreter.advance();
      }
      if (yields && (core.waiting || core.cycle >= core.deadline)) return;
    }
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

  #find(pc: number): number | undefined {
    if (this.#core.pcHigh !== 0) return undefined;
    const known = this.#regions.find(pc);
    if (known !== undefined) return known;
    const visits = (this.#visits.get(pc) ?? 0) + 1;
    this.#visits.set(pc, visits);
    if (visits !== warm || this.#rewritten >= retranslations) return undefined;
    this.#image.translate([pc]);
    return this.#regions.find(pc);
  }

  /** Runs translated code and says why it was left. The registers move into the linear memory and back: about 50 ns. */
  #enter(slot: number): number {
    const core = this.#core;
    const { stride } = core;
    const cycles = Math.min(core.deadline - core.cycle, slice);
    if (stride === 2) for (let i = 2; i < 64; i++) this.#x[i] = core.x[i] ?? 0;
    else for (let i = 1; i < 32; i++) this.#x[2 * i] = core.x[i] ?? 0;
    if (!core.floatsInX) for (let i = 0; i < 64; i++) this.#f[i] = core.f[i] ?? 0;
    this.#state[5] = core.floats.flags | (core.rounding << 5);
    this.#deadline[0] = core.cycle + cycles;
    this.#deadline[1] = core.guard.from;
    this.#deadline[2] = core.guard.bytes;
    this.#regions.run(slot, cycles);
    if (stride === 2) for (let i = 2; i < 64; i++) core.x[i] = this.#x[i] ?? 0;
    else for (let i = 1; i < 32; i++) core.x[i] = this.#x[2 * i] ?? 0;
    if (!core.floatsInX) for (let i = 0; i < 64; i++) core.f[i] = this.#f[i] ?? 0;
    const [pc = 0, pcHigh = 0, exit = 0, left = 0, retired = 0, fcsr = 0] = this.#state;
    core.pc = pc;
    core.pcHigh = core.xlen === 64 ? pcHigh : 0;
    core.cycle += cycles - left;
    core.instret += this.#counts ? retired : cycles - left;
    core.floats.flags = fcsr & 31;
    return exit;
  }

  #checkCode(): void {
    this.#codeVersion = this.#core.codeVersion;
    const floats = hasFloats(this.#core);
    const { current } = this.#image;
    const { loopEnds, breakpointVersion } = this.#core;
    if (current && floats === this.#floats && loopEnds.size === this.#loopEnds && breakpointVersion === this.#breakpoints) return;
    this.#floats = floats;
    this.#loopEnds = loopEnds.size;
    this.#breakpoints = breakpointVersion;
    this.#forget();
    if (!current) this.#rewritten++;
  }

  #forget(): void {
    this.#image.forget();
    this.#visits.clear();
  }
}

/** The instruction at an address of the main memory, compressed ones expanded. The last one of a hardware loop is the interpreter's, which counts, and so is one with a breakpoint. */
function fetch(core: Core, decoder: Decoder, pc: number): Instruction | undefined {
  const { bus } = core;
  const at = pc - (bus.main.base >>> 0);
  const left = bus.main.bytes.length - at;
  if (at < 0 || left < 2) return undefined;
  const low = bus.view.getUint16(at, true);
  if ((low & 3) === 3 && left < 4) return undefined;
  const found = decoder.decode((low & 3) === 3 ? bus.view.getUint32(at, true) : low);
  if (found === undefined) return undefined;
  const { row, operands, bytes } = decoder.expand(found);
  const interpreted = core.loopEnds.has(pc | 0) || core.breakpoints.has(pc | 0) || (row.cycles.startsWith('float') && !hasFloats(core));
  return { row, operands, pc, next: pc + bytes, interpreted };
}

/** Whether float instructions run now, or trap: mstatus.FS is off. */
const hasFloats = (core: Core): boolean => core.floatsInX || (core.status & status.fs) !== 0;
