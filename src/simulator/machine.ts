import { BadInput } from '../errors.ts';
import { type LineTable, readLines, type SourceLine } from '../formats/dwarf.ts';
import { type Elf, type ElfSymbol, parseElf } from '../formats/elf.ts';
import type { MachineDeclaration } from '../hardware/machine.ts';
import { callStack } from './call-stack.ts';
import { readBytes, writeBytes } from './devices/environment.ts';
import { isSemihostingCall } from './devices/semihosting.ts';
import { type Engine, type EngineName, engines } from './engines.ts';
import { type Fault, type Frame, registerNames } from './fault.ts';
import { loadProgram } from './load.ts';
import { type Assembly, assembleMachine } from './machines/assemble.ts';
import { machines } from './machines/index.ts';
import type { Core } from './riscv/core.ts';
import { accessCsr } from './riscv/csr.ts';
import { disassemble } from './riscv/disassemble.ts';
import type { AddressRange } from './riscv/memory.ts';
import type { StopReason } from './riscv/stop.ts';
import { type Cause, interrupts, Trap } from './riscv/trap.ts';
import { Stops, type Watchpoint } from './stops.ts';
import { SymbolTable } from './symbols.ts';

export { type EngineName, type Fault, type Frame, type MachineDeclaration, machines, type Watchpoint };

export interface MachineOptions {
  /** How messages call the program: its path. */
  readonly name?: string | undefined;
  /** Where it runs; rv64 or rv32 by the width of the program, where absent. */
  readonly machine?: MachineDeclaration | undefined;
  readonly engine?: EngineName | undefined;
  /** What a load or store that is not naturally aligned does; it succeeds, where absent. */
  readonly misaligned?: 'ok' | 'trap' | undefined;
  /** Size of the main memory, in place of the declared one. */
  readonly memoryBytes?: number | undefined;
  /** The program's name and its arguments. */
  readonly arguments?: readonly string[] | undefined;
  /** At most `count` bytes of standard input, none at its end. */
  readonly input?: ((count: number) => Uint8Array) | undefined;
  /** What the program prints, as it comes. */
  readonly output?: ((stream: 'out' | 'err', bytes: Uint8Array) => void) | undefined;
  /** A line for each instruction before it runs. The interpreter alone calls it. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface RunLimits {
  /** To be run in this call; the run ends at the first yield point behind them. */
  readonly maxInstructions?: number | undefined;
  /** Seconds on the host's clock. */
  readonly timeout?: number | undefined;
  /** Called every thousand cycles, or every 5000th part of all cycles if that is more, with the cycles since the last call: a profile of the run. */
  readonly sample?: ((cycles: number) => void) | undefined;
}

/** Why a run ended. */
export type Outcome =
  | { readonly reason: 'exit'; readonly code: number }
  | { readonly reason: 'fault'; readonly fault: Fault }
  /** It waits for an interrupt (wfi), and no timer is set. */
  | { readonly reason: 'waiting' }
  | { readonly reason: 'instruction limit' }
  | { readonly reason: 'timeout' }
  /** Before the instruction of a breakpoint, or behind one that touched a watchpoint. */
  | StopReason;

/** Cycles between two looks at the host's clock: 50 us of translated code, but half a second of a storm of exceptions. */
const slice = 1 << 17;

/**
 * A RISC-V machine with a bare-metal program in its memory.
 *
 *     const machine = Machine.load(elf, { output: (_, bytes) => process.stdout.write(bytes) });
 *     const outcome = machine.run({ timeout: 10 }); // { reason: 'exit', code: 0 }
 *     console.log(machine.instructions, machine.readMemory(machine.symbol('result')!.address, 4));
 *
 * Addresses are numbers below 2^53; registers are bigints, as wide as the machine's.
 */
export class Machine {
  readonly elf: Elf;
  readonly symbols: SymbolTable;
  readonly #name: string;
  readonly #assembly: Assembly;
  readonly #engine: Engine;
  readonly #stops = new Stops();
  #ended: Outcome | undefined;
  #lines: LineTable | undefined;

  /** Reads an ELF file into the memory of a new machine. What is wrong with the file is a BadInput. */
  static load(bytes: Uint8Array, options: MachineOptions = {}): Machine {
    return new Machine(bytes, options);
  }

  private constructor(bytes: Uint8Array, options: MachineOptions) {
    this.#name = options.name ?? 'program';
    this.elf = parseElf(bytes, this.#name);
    this.symbols = new SymbolTable(this.elf);
    this.#assembly = assembleMachine(options.machine ?? machines[`rv${this.elf.bits}`], {
      environment: {
        write: options.output ?? (() => undefined),
        read: options.input ?? (() => new Uint8Array(0)),
        exit: (code) => this.#end({ reason: 'exit', code }),
        commandLine: (options.arguments ?? [this.#name]).join(' '),
        microseconds: () => this.cycles / 1000,
      },
      misaligned: options.misaligned ?? 'ok',
      memoryBytes: options.memoryBytes,
      symbol: (name) => this.symbol(name)?.address,
    });
    loadProgram(this.elf, this.#assembly, this.#name);
    const { interpreter, core } = this.#assembly;
    core.pc = this.elf.entry | 0;
    interpreter.intercept = (cause, value) => this.#answer(cause, value);
    const { trace } = options;
    if (trace) interpreter.trace = ({ pc, instruction }) => trace(this.#traceLine(pc >>> 0, instruction && disassemble(instruction)));
    this.#engine = engines[trace ? 'interpreter' : (options.engine ?? 'auto')](this.#assembly);
  }

  /** Instructions retired since the start. */
  get instructions(): number {
    return this.#assembly.core.instret;
  }
  get cycles(): number {
    return this.#assembly.core.cycle;
  }

  /** Runs to the program's end, to a fault or to a limit. A run that a limit ended can be continued; one that ended stays so. */
  run({ maxInstructions = Number.POSITIVE_INFINITY, timeout = Number.POSITIVE_INFINITY, sample }: RunLimits = {}): Outcome {
    const { core, interpreter } = this.#assembly;
    const lastInstruction = core.instret + maxInstructions;
    const lastMoment = performance.now() + timeout * 1000;
    const engine = this.#stops.apply(interpreter) ? interpreter : this.#engine;
    const stopped = this.#stops.passes(this.pc, core.instret) ? this.step() : undefined;
    if (stopped) return stopped;
    while (this.#ended === undefined) {
      if (core.instret >= lastInstruction) return { reason: 'instruction limit' };
      if (performance.now() >= lastMoment) return { reason: 'timeout' };
      this.#tick();
      if (core.waiting && !this.#wake()) return { reason: 'waiting' };
      const { timerCycle } = this.#assembly;
      const timer = timerCycle > core.cycle ? timerCycle : Number.POSITIVE_INFINITY;
      const stretch = sample ? Math.max(1000, Math.floor(core.cycle / 5000)) : slice;
      const start = core.cycle;
      core.deadline = Math.min(core.cycle + stretch, core.cycle + lastInstruction - core.instret, timer);
      try {
        engine.run();
      } catch (error) {
        return this.#stops.stopped(error, this.pc, core.instret);
      }
      sample?.(core.cycle - start);
    }
    return this.#ended;
  }

  /** Runs one instruction. What it gives is undefined as long as the program goes on. */
  step(): Outcome | undefined {
    if (this.#ended === undefined) {
      this.#tick();
      if (this.#assembly.core.waiting && !this.#wake()) return { reason: 'waiting' };
      this.#stops.apply(this.#assembly.interpreter);
      this.#assembly.interpreter.step();
    }
    return this.#ended ?? this.#stops.takeTouched();
  }

  /** Addresses of instructions before which a run ends; `run` goes on from there, `step` does not look at them. */
  get breakpoints(): Set<number> {
    return this.#stops.breakpoints;
  }
  /** Memory behind whose accesses by instructions a run or step ends; an atomic access is a write. The interpreter runs while there are any. */
  get watchpoints(): Set<Watchpoint> {
    return this.#stops.watchpoints;
  }

  /** The address of the next instruction. */
  get pc(): number {
    const { pc, pcHigh } = this.#assembly.core;
    return (pcHigh >>> 0) * 2 ** 32 + (pc >>> 0);
  }

  /** A program that an exception ended goes on from the new address. */
  set pc(address: number) {
    const { core } = this.#assembly;
    core.pc = address | 0;
    core.pcHigh = Math.floor(address / 2 ** 32) | 0;
    if (this.#ended?.reason === 'fault') this.#ended = undefined;
  }

  /** Such as `rv64imafdc_zicsr`. */
  get isa(): string {
    return this.#assembly.profile.isa;
  }

  /** An x register by its number or its ABI name. */
  register(register: number | string): bigint {
    const { core } = this.#assembly;
    return core.readBig(core.source(numberOf(register)));
  }

  setRegister(register: number | string, value: bigint): void {
    const { core } = this.#assembly;
    core.writeBig(core.destination(numberOf(register)), value);
  }

  /** The 64 bits of an f register, in which a single has ones above it. With Zfinx there are none: 0. */
  floatRegister(register: number): bigint {
    const { f, floatsInX } = this.#assembly.core;
    const word = (at: number): bigint => BigInt((floatsInX ? 0 : f[at]!) >>> 0);
    return (word(2 * register + 1) << 32n) | word(2 * register);
  }

  setFloatRegister(register: number, bits: bigint): void {
    const { f, floatsInX } = this.#assembly.core;
    if (!floatsInX) f.set([Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n))], 2 * register);
  }

  /** A control and status register as machine mode sees it, by its number; undefined where there is none. */
  csr(number: number): bigint | undefined {
    return this.#inMachineMode((core) => accessCsr(core, number, undefined));
  }

  /** False where there is no such register, or it cannot be written. */
  setCsr(number: number, value: bigint): boolean {
    return this.#inMachineMode((core) => accessCsr(core, number, () => value)) !== undefined;
  }

  #inMachineMode<T>(access: (core: Core) => T): T | undefined {
    const { core } = this.#assembly;
    const { mode } = core;
    core.mode = 3;
    try {
      return access(core);
    } catch (error) {
      if (error instanceof Trap) return undefined;
      throw error;
    } finally {
      core.mode = mode;
    }
  }

  /** The ranges of addresses at which memory or a device answers. */
  get memoryMap(): readonly AddressRange[] {
    return this.#assembly.bus.ranges;
  }

  /** A copy of bytes in memory; undefined where not all of them are memory. */
  readMemory(address: number, count: number): Uint8Array | undefined {
    return readBytes(this.#assembly.bus, address, count);
  }

  /** False where not all of the bytes are memory. Code that is written takes effect at once. */
  writeMemory(address: number, data: Uint8Array): boolean {
    const written = writeBytes(this.#assembly.bus, address, data);
    this.#assembly.core.codeVersion++;
    return written;
  }

  symbol(name: string): ElfSymbol | undefined {
    return this.symbols.find(name);
  }

  /** The source line of an address, where the program has debug information. */
  sourceLine(address: number): SourceLine | undefined {
    this.#lines ??= this.#readLines();
    return this.#lines(address);
  }

  /** The calls that led to where the program is, the innermost first. */
  callStack(): Frame[] {
    const { bus, core } = this.#assembly;
    const [returnAddress, stackPointer] = [this.register('ra'), this.register('sp')].map((value) => Number(value));
    const state = { pc: this.pc, returnAddress: returnAddress!, stackPointer: stackPointer!, xlen: core.xlen };
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

  #readLines(): LineTable {
    try {
      return readLines(this.elf, this.#name);
    } catch (error) {
      if (error instanceof BadInput) return () => undefined; // a program runs without its debug information
      throw error;
    }
  }

  #end(outcome: Outcome): void {
    this.#ended ??= outcome;
    this.#assembly.core.deadline = 0;
  }

  /** Raises or clears the timer interrupt. */
  #tick(): void {
    const { core, timerCycle } = this.#assembly;
    const bit = 1 << interrupts.timer;
    core.pending = core.cycle >= timerCycle ? core.pending | bit : core.pending & ~bit;
  }

  /** A core that waits sleeps until its timer; false if nothing can wake it. */
  #wake(): boolean {
    const { core, timerCycle } = this.#assembly;
    if ((core.pending & core.enabled) !== 0) return true;
    if (timerCycle === Number.POSITIVE_INFINITY || (core.enabled & (1 << interrupts.timer)) === 0) return false;
    core.cycle = Math.max(core.cycle, timerCycle);
    this.#tick();
    return true;
  }

  /** Exceptions that are semihosting calls, and those that no code of the program can handle. */
  #answer(cause: Cause, value: bigint): boolean {
    const { core, bus, semihosting } = this.#assembly;
    if (cause === 'breakpoint' && semihosting && isSemihostingCall(bus, core.pc >>> 0)) {
      const [operation, parameter] = [Number(BigInt.asIntN(32, this.register('a0'))), Number(this.register('a1'))];
      this.setRegister('a0', BigInt(semihosting.call(operation, parameter)));
      core.pc = (core.pc + 4) | 0;
      return true;
    }
    const handler = Number((core.csrs.get(0x305) ?? 0n) & ~3n);
    if (bus.read(handler, 2) !== undefined && handler < 2 ** 32 && handler !== this.pc) return false;
    this.#end({ reason: 'fault', fault: this.#describe(cause, value) });
    return true;
  }

  #describe(cause: Cause, value: bigint): Fault {
    const registers = registerNames.slice(1).map((name): [string, bigint] => [name, this.register(name)]);
    return { cause, value, stack: this.callStack(), registers: new Map(registers) };
  }

  #traceLine(pc: number, text: string | undefined): string {
    const place = this.symbols.at(pc);
    const where = place ? ` <${place.symbol.name}${place.offset === 0 ? '' : `+${place.offset}`}>` : '';
    return `${pc.toString(16).padStart(8, '0')}${where}: ${text ?? 'no instruction'}`;
  }
}

function numberOf(register: number | string): number {
  const number =
    typeof register === 'number' ? register : /^x\d+$/.test(register) ? Number(register.slice(1)) : registerNames.indexOf(register);
  if (!(number >= 0 && number < 32)) throw new RangeError(`there is no register ${register}`);
  return number;
}
