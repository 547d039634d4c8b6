import type { SourceLine } from '../formats/dwarf.ts';
import { type Elf, type ElfSymbol, parseElf } from '../formats/elf.ts';
import type { MachineDeclaration } from '../hardware/machine.ts';
import { readBytes, writeBytes } from './devices/environment.ts';
import { isSemihostingCall } from './devices/semihosting.ts';
import { type Engine, type EngineName, engines } from './engines.ts';
import { type Fault, type Frame, registerNames } from './fault.ts';
import { loadProgram } from './load.ts';
import { type Assembly, assembleMachine } from './machines/assemble.ts';
import { type Hart, runsFrom, tick, wakeUp } from './machines/hart.ts';
import { machines } from './machines/index.ts';
import { Schedule } from './machines/schedule.ts';
import type { MachineOptions, Outcome, RunLimits } from './options.ts';
import { Pace } from './pace.ts';
import { Places } from './places.ts';
import { readCsr, readFloatRegister, readPc, readRegister, writeCsr, writeFloatRegister, writePc, writeRegister } from './registers.ts';
import type { Accelerator, AcceleratorContext, Command, MakeAccelerator, Reply } from './riscv/accelerator.ts';
import { disassemble } from './riscv/disassemble.ts';
import { type InFlight, MissingFence } from './riscv/in-flight.ts';
import type { AddressRange } from './riscv/memory.ts';
import { Suspension } from './riscv/suspension.ts';
import type { Cause } from './riscv/trap.ts';
import { Stops, type Watchpoint } from './stops.ts';
import type { SymbolTable } from './symbols.ts';
import { keptCode, type Translations } from './translations.ts';

export {
  type Accelerator,
  type AcceleratorContext,
  type Command,
  type EngineName,
  type Fault,
  type Frame,
  type InFlight,
  type MachineDeclaration,
  type MachineOptions,
  type MakeAccelerator,
  machines,
  type Outcome,
  type Reply,
  type RunLimits,
  Suspension,
  type Translations,
  type Watchpoint,
};

/**
 * A RISC-V machine with a bare-metal program in its memory.
 *
 *     const machine = Machine.load(elf, { output: (_, bytes) => process.stdout.write(bytes) });
 *     const outcome = machine.run({ timeout: 10 }); // { reason: 'exit', code: 0 }
 *     console.log(machine.instructions, machine.readMemory(machine.symbol('result')!.address, 4));
 *
 * Addresses are numbers below 2^53; registers are bigints, as wide as the machine's. Of several cores, `core` is the one that registers, pc, call stack and
 * step speak of: the first one, until a run ends, then the one that ended it.
 */
export class Machine {
  readonly elf: Elf;
  readonly #places: Places;
  readonly #assembly: Assembly;
  readonly #schedule: Schedule;
  readonly #stops = new Stops();
  #hart: Hart;
  #watched = false;
  readonly #pace = new Pace();
  #ended: Outcome | undefined;
  readonly #keep: () => void;

  /** Reads an ELF file into the memory of a new machine. What is wrong with the file is a BadInput. */
  static load(bytes: Uint8Array, options: MachineOptions = {}): Machine {
    return new Machine(bytes, options);
  }

  private constructor(bytes: Uint8Array, options: MachineOptions) {
    const name = options.name ?? 'program';
    this.elf = parseElf(bytes, name);
    this.#places = new Places(this.elf, name);
    this.#assembly = assembleMachine(options.machine ?? machines[`rv${this.elf.bits}`], {
      environment: {
        write: options.output ?? (() => undefined),
        read: options.input ?? (() => new Uint8Array(0)),
        exit: (code) => this.#end({ reason: 'exit', code, ...this.#which(this.#assembly.agent) }),
        commandLine: (options.arguments ?? [name]).join(' '),
        microseconds: () => this.cycles / 1000,
      },
      misaligned: options.misaligned ?? 'ok',
      memoryBytes: options.memoryBytes,
      cycleModel: options.cycleModel,
      accelerators: options.accelerators,
      missingFence: options.missingFence && ((miss) => options.missingFence?.(this.#missed(miss))),
      symbol: (wanted) => this.symbol(wanted)?.address,
    });
    loadProgram(this.elf, this.#assembly, name);
    const { harts } = this.#assembly;
    this.#hart = harts[0]!;
    const { trace, engine = 'auto' } = options;
    for (const hart of harts) {
      const { core, interpreter } = hart;
      core.pc = this.elf.entry | 0;
      interpreter.intercept = (cause, value) => this.#answer(hart, cause, value);
      if (trace)
        interpreter.trace = ({ pc, instruction }) => {
          const who = this.cores === 1 ? '' : `${hart.index}: `;
          trace(who + this.#places.traceLine(pc >>> 0, instruction && disassemble(instruction)));
        };
    }
    const functionOf = (pc: number): number | undefined => this.symbols.at(pc)?.symbol.address;
    const { machine = this.elf.bits, translations, cycleModel, memoryBytes, misaligned } = options;
    const alone = harts.length === 1 ? translations : undefined;
    const kept = alone && keptCode(alone, this.elf.segments, [machine, cycleModel, memoryBytes, misaligned]);
    const program = { kept, functionOf };
    const made: readonly Engine[] = harts.map((hart) => engines[trace ? 'interpreter' : engine](this.#assembly, hart, program));
    this.#keep = () => made[0]!.keep?.();
    this.#schedule = new Schedule(
      this.#assembly,
      ({ index, interpreter }) => (this.#watched ? interpreter : made[index]!),
      () => this.#ended !== undefined,
    );
  }

  /** How many cores there are. */
  get cores(): number {
    return this.#assembly.harts.length;
  }
  /** The number of the core, its mhartid, that registers, pc, call stack and step speak of. */
  get core(): number {
    return this.#hart.index;
  }
  set core(index: number) {
    const hart = this.#assembly.harts[index];
    if (hart === undefined) throw new RangeError(`there is no core ${index}`);
    this.#hart = hart;
  }

  /** Instructions retired since the start, by all cores. */
  get instructions(): number {
    return this.#assembly.harts.reduce((sum, { core }) => sum + core.instret, 0);
  }
  /** Cycles since the start: those of the core that is furthest. */
  get cycles(): number {
    return Math.max(...this.#assembly.harts.map(({ core }) => core.cycle));
  }
  /** Instructions and cycles of each core. */
  get counters(): readonly { readonly instructions: number; readonly cycles: number }[] {
    return this.#assembly.harts.map(({ core }) => ({ instructions: core.instret, cycles: core.cycle }));
  }

  /** Runs to the program's end, to a fault or to a limit. A run that a limit ended can be continued; one that ended stays so. */
  run({ maxInstructions = Number.POSITIVE_INFINITY, timeout = Number.POSITIVE_INFINITY, sample }: RunLimits = {}): Outcome {
    const lastInstruction = this.instructions + maxInstructions;
    const lastMoment = performance.now() + timeout * 1000;
    this.#applyStops();
    const stopped = this.#stops.passes(this.pc, this.instructions) ? this.step() : undefined;
    if (stopped) return stopped;
    while (this.#ended === undefined) {
      const instructions = lastInstruction - this.instructions;
      if (instructions <= 0) return { reason: 'instruction limit' };
      const paced = this.#pace.cyclesUntil(lastMoment);
      if (paced === 0) return { reason: 'timeout' };
      const cycles = sample ? Math.max(1000, Math.floor(this.cycles / 5000)) : paced;
      const before = sample && this.counters;
      try {
        if (!this.#schedule.run({ cycles, instructions })) return { reason: 'waiting' };
      } catch (error) {
        return this.#stopped(error);
      }
      if (sample) this.#sample(sample, before!);
    }
    this.#keep();
    return this.#ended;
  }

  #sample(sample: (cycles: number) => void, before: Machine['counters']): void {
    const { core } = this;
    this.counters.forEach(({ cycles, instructions }, index) => {
      if (instructions === before[index]!.instructions) return;
      this.core = index;
      sample(cycles - before[index]!.cycles);
    });
    this.core = core;
  }

  #applyStops(): void {
    this.#watched = this.#assembly.harts.map(({ interpreter }) => this.#stops.apply(interpreter)).includes(true);
  }

  /** Runs one instruction of the core; others stand still. What it gives is undefined as long as the program goes on. */
  step(): Outcome | undefined {
    if (this.#ended === undefined) {
      const hart = this.#hart;
      tick(hart);
      if (runsFrom(hart) === Number.POSITIVE_INFINITY) return { reason: 'waiting' };
      wakeUp(hart);
      this.#applyStops();
      this.#assembly.agent = hart;
      hart.core.guardReservations();
      try {
        hart.interpreter.step();
      } catch (error) {
        return this.#stopped(error);
      }
    }
    return this.#ended ?? this.#stops.takeTouched();
  }

  /** The same, but the other cores then run until they are as far. A core that waits for another one runs nothing. */
  stepTogether(): Outcome | undefined {
    const hart = this.#hart;
    if (this.cores === 1 || this.#ended) return this.step();
    const outcome = runsFrom(hart) === Number.POSITIVE_INFINITY ? undefined : this.step();
    if (outcome) return outcome;
    try {
      if (!this.#schedule.follow(hart)) return { reason: 'waiting' };
    } catch (error) {
      return this.#stopped(error);
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
    return readPc(this.#hart.core);
  }

  /** A program that an exception ended goes on from the new address. */
  set pc(address: number) {
    writePc(this.#hart.core, address);
    if (this.#ended?.reason === 'fault') this.#ended = undefined;
  }

  /** Such as `rv64imafdc_zicsr`. */
  get isa(): string {
    return this.#hart.profile.isa;
  }

  /** An x register by its number or its ABI name. */
  register(register: number | string): bigint {
    return readRegister(this.#hart.core, register);
  }

  setRegister(register: number | string, value: bigint): void {
    writeRegister(this.#hart.core, register, value);
  }

  /** The 64 bits of an f register, in which a single has ones above it. With Zfinx there are none: 0. */
  floatRegister(register: number): bigint {
    return readFloatRegister(this.#hart.core, register);
  }

  setFloatRegister(register: number, bits: bigint): void {
    writeFloatRegister(this.#hart.core, register, bits);
  }

  /** A control and status register as machine mode sees it, by its number; undefined where there is none. */
  csr(number: number): bigint | undefined {
    return readCsr(this.#hart.core, number);
  }

  /** False where there is no such register, or it cannot be written. */
  setCsr(number: number, value: bigint): boolean {
    return writeCsr(this.#hart.core, number, value);
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
    for (const { core } of this.#assembly.harts) core.codeVersion++;
    return written;
  }

  get symbols(): SymbolTable {
    return this.#places.symbols;
  }

  symbol(name: string): ElfSymbol | undefined {
    return this.symbols.find(name);
  }

  /** The source line of an address, where the program has debug information. */
  sourceLine(address: number): SourceLine | undefined {
    return this.#places.sourceLine(address);
  }

  /** The calls that led to where the program is, the innermost first. */
  callStack(): Frame[] {
    return this.#places.callStack(this.#assembly.bus, this.#hart.core);
  }

  #end(outcome: Outcome): void {
    this.#ended ??= outcome;
    this.#hart = this.#assembly.agent;
    this.#hart.core.deadline = 0;
  }

  /** What an outcome says of a core, where there are several. */
  #which({ index }: Hart): { readonly core?: number } {
    return this.cores === 1 ? {} : { core: index };
  }

  /** Exceptions that are semihosting calls, and those that no code of the program can handle. */
  #answer(hart: Hart, cause: Cause, value: bigint): boolean {
    const { bus, semihosting } = this.#assembly;
    const { core } = hart;
    if (cause === 'breakpoint' && semihosting && isSemihostingCall(bus, core.pc >>> 0)) {
      const [operation, parameter] = [Number(BigInt.asIntN(32, readRegister(core, 'a0'))), Number(readRegister(core, 'a1'))];
      writeRegister(core, 'a0', BigInt(semihosting.call(operation, parameter)));
      core.pc = (core.pc + 4) | 0;
      return true;
    }
    const handler = Number((core.csrs.get(0x305) ?? 0n) & ~3n);
    if (bus.read(handler, 2) !== undefined && handler < 2 ** 32 && (core.pcHigh !== 0 || handler !== core.pc >>> 0)) {
      if (this.#pace.exception()) core.deadline = 0;
      return false;
    }
    this.#hart = hart;
    this.#end({ reason: 'fault', fault: { ...this.#which(hart), ...this.#describe(cause, value) } });
    return true;
  }

  /** What was thrown through an engine: a stop, or a missing fence, which no handler of the program sees. */
  #stopped(error: unknown): Outcome {
    this.#hart = this.#assembly.agent;
    if (!(error instanceof MissingFence)) return this.#stops.stopped(error, this.pc, this.instructions);
    const fault = this.#missed(error);
    this.#end({ reason: 'fault', fault });
    return { reason: 'fault', fault };
  }

  /** Which access of the core that runs misses a fence. */
  #missed({ message, address }: MissingFence): Fault {
    this.#hart = this.#assembly.agent;
    return { ...this.#which(this.#hart), ...this.#describe(message, BigInt(address)) };
  }

  #describe(cause: string, value: bigint): Fault {
    const registers = registerNames.slice(1).map((name): [string, bigint] => [name, this.register(name)]);
    return { cause, value, stack: this.callStack(), registers: new Map(registers) };
  }
}
