import type { Core } from './core.ts';
import { hasFloats, pushMode, status } from './csr.ts';
import type { InstructionTiming } from './cycles.ts';
import type { Decoder } from './decoder.ts';
import { inexact } from './inexact.ts';
import { Predecoded, predecode } from './predecode.ts';
import { Stop } from './stop.ts';
import { Suspension } from './suspension.ts';
import { type Cause, causes, Trap } from './trap.ts';

/** Instructions without a change of control, and the one that ends them. */
interface Block {
  readonly pc: number;
  readonly body: readonly Predecoded[];
  readonly last: Predecoded;
}
const longest = 64;
const slots = 1 << 13;
const interruptPriority = [11, 3, 7];

/**
 * The oracle: runs a core one predecoded block after the other. Faults are precise. It returns at yield points only, at which the translator returns
 * too: after a taken branch or jump to the same or a lower address, a call, an indirect jump, a `system` row and a trap.
 */
export class Interpreter {
  readonly core: Core;
  /** Called before each instruction, when set. */
  trace: ((instruction: Predecoded) => void) | undefined;
  /** Called after each instruction, when set. */
  after: (() => void) | undefined;
  /** Asked before an exception is taken at `core.pc`, when set: a machine that answers it itself, or ends the run, returns true. */
  intercept: ((cause: Cause, value: bigint) => boolean) | undefined;
  /** The cycle model, if it is not that every instruction takes one cycle. */
  timing: InstructionTiming | undefined;
  readonly #decoder: Decoder;
  readonly #blocks = new Map<number, Block>();
  readonly #recent: (Block | undefined)[] = new Array<Block | undefined>(slots).fill(undefined);
  readonly #single = new Map<number, Predecoded>();
  readonly #recentSingle: (Predecoded | undefined)[] = new Array<Predecoded | undefined>(slots).fill(undefined);
  /** Addresses of instructions that were seen to access a device. */
  readonly #deviceAccesses = new Set<number>();
  #version = 0;

  constructor(core: Core, decoder: Decoder) {
    this.core = core;
    this.#decoder = decoder;
  }

  /** Runs until the first yield point at or after `core.deadline`, or until the core waits for an interrupt. */
  run(): void {
    const { core } = this;
    if (!this.wake()) return;
    if (this.trace !== undefined || this.after !== undefined || this.timing !== undefined) {
      while (!(this.advance() && (core.waiting || core.cycle >= core.deadline))) this.after?.();
      this.after?.();
      return;
    }
    core.exact = false;
    try {
      while (!(this.#block() && (core.waiting || core.cycle >= core.deadline)));
    } finally {
      core.exact = true;
    }
  }

  /** Runs up to where control may change, and says whether a yield point follows; interrupts wait. One instruction, where each one is looked at. */
  advanceBlock(): boolean {
    if (this.trace !== undefined || this.after !== undefined || this.timing !== undefined) return this.advance();
    this.core.exact = false;
    try {
      return this.#block();
    } finally {
      this.core.exact = true;
    }
  }

  #block(): boolean {
    const { core } = this;
    const { body, last } = core.pcHigh === 0 ? this.#blockAt(core.pc) : this.#beyond();
    let i = 0;
    try {
      for (; i < body.length; i++) {
        const record = body[i]!;
        record.evaluate(record, core);
      }
      core.instret += i;
      core.cycle += i;
      core.target = last.next;
      core.targetHigh = 0;
      last.evaluate(last, core);
    } catch (error) {
      const inBody = body[i];
      if (inBody !== undefined) {
        core.instret += i;
        core.cycle += i;
      }
      if (error === inexact) return this.#again(inBody ?? last);
      this.#trap(error, inBody ?? last);
      return true;
    }
    return this.#retire(last);
  }

  /** An access to a device: it is made with exact counters, and ends its block from now on. */
  #again(record: Predecoded): boolean {
    const { core } = this;
    this.#deviceAccesses.add(record.pc);
    this.#blocks.clear();
    this.#recent.fill(undefined);
    core.pc = record.pc;
    core.exact = true;
    try {
      return this.#advance();
    } finally {
      core.exact = false;
    }
  }

  /** Runs one instruction (or takes one interrupt before it) and says whether a yield point follows it. Breakpoints stop runs only. */
  step(): boolean {
    return !this.wake() || this.#advance();
  }

  /** Runs one instruction and says whether a yield point follows it; interrupts wait. */
  advance(): boolean {
    const { breakpoints, pc } = this.core;
    if (breakpoints.size > 0 && breakpoints.has(pc)) throw new Stop({ reason: 'breakpoint' });
    return this.#advance();
  }

  #advance(): boolean {
    const { core } = this;
    const record = core.pcHigh === 0 ? this.#instructionAt(core.pc) : this.#beyond().last;
    this.trace?.(record);
    if (this.timing !== undefined) core.cycle += this.timing.issue(record);
    try {
      core.target = record.next;
      core.targetHigh = 0;
      record.evaluate(record, core);
    } catch (error) {
      this.#trap(error, record);
      return true;
    }
    return this.#retire(record);
  }

  /** Counts the instruction that ends a block and goes on behind it, or at the start of the hardware loop that it ends. */
  #retire(last: Predecoded): boolean {
    const { core } = this;
    core.instret++;
    core.cycle += this.timing?.retire(last) ?? 1;
    const again = last.loopEnd && core.loopBack(last.pc);
    core.pc = core.target;
    core.pcHigh = core.targetHigh;
    if (last.control === 'loop') this.refresh();
    if (last.control === 'system') {
      this.refresh();
      this.interrupt();
      return true;
    }
    return again || last.yields || (core.target !== last.next && core.target >>> 0 <= last.pc >>> 0);
  }

  /** Forgets all decoded code if it is void. */
  refresh(): void {
    if (this.core.codeVersion !== this.#version) this.flush();
  }

  /** Forgets all decoded code. */
  flush(): void {
    if (this.#version !== this.core.codeVersion) this.timing?.flush();
    this.#version = this.core.codeVersion;
    this.#blocks.clear();
    this.#single.clear();
    this.#recentSingle.fill(undefined);
    this.#deviceAccesses.clear();
    this.#recent.fill(undefined);
    this.core.forgetConstants();
  }

  /** Takes the interrupt of highest priority that is pending and enabled; false if there is none. */
  interrupt(): boolean {
    const { core } = this;
    const pending = core.pending & core.enabled;
    if (pending === 0 || (core.mode === 3 && (core.status & status.mie) === 0)) return false;
    core.cycle += this.timing?.trap() ?? 0;
    const code = interruptPriority.find((bit) => (pending & (1 << bit)) !== 0) ?? 0;
    this.#enter(BigInt(code) | (1n << BigInt(core.xlen - 1)), 0n);
    const vector = core.csrs.get(0x305) ?? 0n;
    if ((vector & 1n) !== 0n) this.#goto((vector & ~3n) + BigInt(4 * code));
    return true;
  }

  /** What comes before a run: a pending interrupt is taken. False if the core goes on waiting for one. */
  wake(): boolean {
    const { core } = this;
    this.refresh();
    if (core.waiting && (core.pending & core.enabled) === 0) return false;
    core.waiting = false;
    this.interrupt();
    return true;
  }

  /** A trap retires nothing but takes a cycle, so that a handler which traps at once still reaches its deadline. */
  #trap(error: unknown, record: Predecoded): void {
    const { core } = this;
    core.pc = record.pc;
    if (error instanceof Suspension) {
      core.waiting = error.until === undefined;
      if (this.timing === undefined) core.cycle++;
      core.cycle = Math.max(core.cycle, error.until ?? 0);
      return;
    }
    if (!(error instanceof Trap)) throw error;
    core.cycle += this.timing?.trap() ?? 1;
    const value = error.cause === 'illegal instruction' ? BigInt(record.word >>> 0) : this.#address(error.low, error.high);
    if (this.intercept?.(error.cause, value)) return;
    this.#enter(BigInt(causes[error.cause]), value);
  }

  #address(low: number, high: number): bigint {
    return BigInt.asUintN(this.core.xlen, (BigInt(high) << 32n) | BigInt(low >>> 0));
  }

  #enter(cause: bigint, value: bigint): void {
    const { core } = this;
    core.waiting = false;
    core.csrs.set(0x341, this.#address(core.pc, core.pcHigh));
    core.csrs.set(0x342, cause);
    core.csrs.set(0x343, value);
    pushMode(core);
    this.#goto((core.csrs.get(0x305) ?? 0n) & ~3n);
  }
  #goto(address: bigint): void {
    this.core.pc = Number(BigInt.asIntN(32, address));
    this.core.pcHigh = this.core.xlen === 32 ? 0 : Number(BigInt.asIntN(32, address >> 32n));
  }

  #blockAt(pc: number): Block {
    const slot = (pc >>> 1) & (slots - 1);
    const recent = this.#recent[slot];
    if (recent !== undefined && recent.pc === pc) return recent;
    const block = this.#blocks.get(pc) ?? this.#decodeBlock(pc);
    this.#blocks.set(pc, block);
    this.#recent[slot] = block;
    return block;
  }

  #decodeBlock(pc: number): Block {
    const body: Predecoded[] = [];
    for (let at = pc; ; ) {
      const record = this.core.breakpoints.has(at) ? refused(at, stop) : this.#decodeAt(at);
      if (record === undefined) {
        this.flush();
        return this.#decodeBlock(pc);
      }
      if (this.#deviceAccesses.has(at)) return { pc, body, last: exactly(record) };
      if (record.control !== 'next' || record.loopEnd || body.length === longest) return { pc, body, last: record };
      body.push(record);
      at = record.next;
    }
  }

  #instructionAt(pc: number): Predecoded {
    const slot = (pc >>> 1) & (slots - 1);
    const recent = this.#recentSingle[slot];
    if (recent !== undefined && recent.pc === pc) return recent;
    const record = this.#single.get(pc) ?? this.#decodeAt(pc);
    if (record === undefined) {
      this.flush();
      return this.#instructionAt(pc);
    }
    this.#single.set(pc, record);
    this.#recentSingle[slot] = record;
    return record;
  }

  /** The instruction at an address, or one that throws why there is none. Undefined: no room for its constants. */
  #decodeAt(pc: number): Predecoded | undefined {
    const { core } = this;
    const first = core.bus.read(pc, 2);
    const long = first !== undefined && (first & 3) === 3;
    const second = long ? core.bus.read((pc + 2) | 0, 2) : 0;
    if (first === undefined) return refused(pc, () => core.trap('instruction access fault', pc));
    if (second === undefined) return refused(pc, () => core.trap('instruction access fault', (pc + 2) | 0));
    const word = (first | (second << 16)) >>> 0;
    const decoded = this.#decoder.decode(word);
    const instruction = decoded && this.#decoder.expand(decoded);
    if (instruction === undefined || !this.#switchedOn(instruction.row.cycles))
      return refused(pc, () => core.trap('illegal instruction'), word);
    return predecode(core, pc, word, instruction);
  }
  /** Floats that mstatus.FS turns off are illegal; turning them on or off voids what is decoded. */
  #switchedOn(cycles: string): boolean {
    return !cycles.startsWith('float') || !hasFloats(this.core) || (this.core.status & status.fs) !== 0;
  }

  /** The pc is above 2^32, where nothing is. */
  #beyond(): Block {
    const { core } = this;
    const { pc, pcHigh } = core;
    return { pc, body: [], last: refused(pc, () => core.trap('instruction access fault', pc, pcHigh)) };
  }
}

/** The same instruction, evaluated where the counters are exact. */
function exactly(record: Predecoded): Predecoded {
  const { pc, word, instruction, evaluate } = record;
  const exact: Predecoded['evaluate'] = (operands, core) => {
    core.exact = true;
    try {
      evaluate(operands, core);
    } finally {
      core.exact = false;
    }
  };
  return Object.assign(new Predecoded(pc, record.next - pc, word, instruction, exact), record, { evaluate: exact });
}

const stop = (): never => {
  throw new Stop({ reason: 'breakpoint' });
};
const refused = (pc: number, why: () => never, word = 0): Predecoded => new Predecoded(pc, 4, word, undefined, why);
