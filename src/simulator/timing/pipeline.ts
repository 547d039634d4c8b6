import type { PipelineDeclaration } from '../../hardware/pipeline.ts';
import type { Core } from '../riscv/core.ts';
import type { InstructionTiming } from '../riscv/cycles.ts';
import type { Decoder } from '../riscv/decoder.ts';
import type { Predecoded } from '../riscv/predecode.ts';
import { Caches } from './caches.ts';
import { type Counts, selectedEvents } from './events.ts';
import { type TimingLayout, timingLayout } from './layout.ts';
import { type Access, type Decoded, type Operation, operationOf } from './operation.ts';
import { isLink, Predictor } from './predictor.ts';
import { longestRun, Run, type Way } from './run.ts';
import { causes } from './scoreboard.ts';
import { productSurplus, quotientSurplus, type Wide } from './surplus.ts';

export interface PipelineOptions {
  readonly core: Core;
  readonly decoder: Decoder;
  readonly declaration: PipelineDeclaration;
  /** The linear memory, and where in it the model's state may lie. */
  readonly memory: WebAssembly.Memory;
  readonly at: number;
}

/**
 * A pipeline that issues in order, instruction by instruction: the definition of what a program takes. Hazards between instructions come from the schedules of
 * the runs that the code is made of; caches, branch prediction and the operands of products and quotients stop the whole pipeline and are added to them.
 */
export class Pipeline implements InstructionTiming {
  readonly declaration: PipelineDeclaration;
  readonly layout: TimingLayout;
  readonly caches: Caches;
  readonly predictor: Predictor;
  readonly core: Core;
  /** Waiting instructions are counted: once somebody asked for it. */
  countsWaits = false;
  version = 0;
  readonly #decoder: Decoder;
  readonly #state: Int32Array;
  readonly #surplus: Int32Array;
  readonly #covered: { readonly from: number; readonly bytes: number };
  readonly #waits: BigInt64Array;
  readonly #runs = new Map<number, Run>();
  /** What instructions are to the pipeline, wherever they stand. */
  readonly #known = new WeakMap<Decoded, Operation>();
  #run: Run | undefined;
  /** The instruction of the run that comes next. */
  #index = 0;

  constructor({ core, decoder, declaration, memory, at }: PipelineOptions) {
    this.core = core;
    this.declaration = declaration;
    this.layout = timingLayout(declaration);
    this.caches = new Caches(memory, at, this.layout, declaration.caches);
    this.predictor = new Predictor(memory, at, this.layout, declaration.predictor);
    this.#decoder = decoder;
    this.#state = new Int32Array(memory.buffer, at + this.layout.run, 1);
    this.#surplus = new Int32Array(memory.buffer, at + this.layout.surplus, 1);
    this.#waits = new BigInt64Array(memory.buffer, at + this.layout.waits, causes.length);
    this.#covered = coveredRange(core);
    core.events = (selector) => this.#count(selector);
  }

  /** The run that starts at an address: of no instructions where there is none in the main memory. */
  runAt(pc: number): Run {
    const known = this.#runs.get(pc | 0);
    if (known !== undefined) return known;
    const run = new Run(pc | 0, this.#operations(pc | 0), this.declaration);
    this.#runs.set(pc | 0, run);
    return run;
  }

  /** Cycles that the code alone tells of: the instruction's own, and at a run's end that nothing turns those that the next run waits. */
  cyclesOf(run: Run, index: number): number {
    const known = run.costs[index];
    if (known !== undefined) return known;
    const last = index === run.operations.length - 1;
    const cost = run.issues[index]!.cycles + (last && !run.turns ? run.carry(this.runAt(run.end)) : 0);
    run.costs[index] = cost;
    return cost;
  }

  /** The way from a run to one at a known address: the lines that are fetched are those that the first one is not in. */
  way(run: Run, target: number, taken: boolean): Way {
    const key = 2 * (target >>> 0) + (taken ? 1 : 0);
    const known = run.ways.get(key);
    if (known !== undefined) return known;
    const here = this.linesOf(run);
    const lines = this.linesOf(this.runAt(target)).filter((line) => !here.includes(line));
    const way = { cycles: this.#passage(run, target, taken), lines };
    run.ways.set(key, way);
    return way;
  }

  #passage(run: Run, target: number, taken: boolean): number {
    const next = this.runAt(target);
    const straddles = taken && (target & 2) !== 0 && next.operations[0]?.instruction.bytes === 4;
    return run.carry(next) + (straddles ? this.declaration.predictor.straddlingTarget : 0);
  }

  /** The lines of the main memory that a run's instructions are in. */
  linesOf(run: Run): readonly number[] {
    if (run.lines !== undefined) return run.lines;
    const { lineBytes } = this.declaration.caches;
    const line = (pc: number): number => Math.floor(this.#offset(pc) / lineBytes);
    const [first, last] = [line(run.start), line(run.end - 1)];
    const lines = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    run.lines = lines;
    return lines;
  }

  get between(): boolean {
    return this.#run === undefined;
  }

  issue(record: Predecoded): number {
    let cycles = this.#enter(record.pc);
    const operation = this.#run?.operations[this.#index];
    if (this.#run === undefined || operation === undefined) return cycles + 1;
    cycles += this.cyclesOf(this.#run, this.#index);
    cycles += this.#collect(this.#run.issues[this.#index]!.collects);
    if (this.countsWaits && this.#index === this.#run.operations.length - 1) this.#countWaits(this.#run);
    if (operation.multiplier !== undefined) this.#surplus[0] = this.#surplusOf(operation, record);
    this.#index++;
    const last = this.#index === this.#run.operations.length;
    if (last && !this.#run.turns) cycles += this.#fetch(this.way(this.#run, this.#run.end, false).lines);
    if (operation.access !== undefined) cycles += this.#access(operation.access, record);
    return cycles + (last ? this.#collect(this.#run.settles) : 0);
  }

  retire(record: Predecoded): number {
    const run = this.#run;
    if (run !== undefined && this.#index < run.operations.length) return 0;
    this.#run = undefined;
    return run === undefined ? 0 : this.#turn(run, record);
  }

  trap(): number {
    this.#run = undefined;
    return this.declaration.trap;
  }

  resume(): void {
    const start = this.#state[0]!;
    this.#state[0] = 0;
    this.#run = start === 0 ? undefined : this.runAt(start);
    this.#index = this.#run?.places.indexOf(this.core.pc) ?? 0;
  }

  flush(): void {
    this.#runs.clear();
    this.#run = undefined;
  }

  /** Goes on in the run, or begins the one that starts here: all of its code is fetched, where that was not done on the way. */
  #enter(pc: number): number {
    if (this.#run !== undefined && this.#index < this.#run.operations.length && this.#run.places[this.#index] === pc) return 0;
    this.#run = undefined;
    this.#index = 0;
    if (this.core.pcHigh !== 0) return 0;
    const run = this.runAt(pc);
    if (run.operations.length === 0) return 0;
    this.#run = run;
    return this.#fetch(this.linesOf(run));
  }

  #pass(run: Run, target: number, taken: boolean): number {
    const { cycles, lines } = this.way(run, target, taken);
    return cycles + this.#fetch(lines);
  }

  #fetch(lines: readonly number[]): number {
    let cycles = 0;
    for (const line of lines) cycles += this.caches.fetch(line);
    return cycles;
  }

  #turn(run: Run, { pc, next, instruction }: Predecoded): number {
    const { target } = this.core;
    const { row, operands } = instruction!;
    if (row.control === 'branch') {
      const taken = target !== next;
      const predicted = ((pc + (operands['offset'] ?? 0)) | 0) === next ? 0 : this.predictor.branch(pc, taken);
      return predicted + this.#pass(run, target, taken);
    }
    if (row.control === 'jump') {
      const predicted = isLink(operands['rd']) ? this.predictor.call(pc, next) : this.predictor.jump(pc);
      return predicted + this.#pass(run, target, true);
    }
    if (row.control === 'indirect') {
      const calls = isLink(operands['rd']);
      const returns = !calls && isLink(operands['rs1']);
      const { predictor } = this;
      return (returns ? predictor.return(pc, target) : predictor.indirect(pc, target, calls ? next : undefined)) + run.drain;
    }
    if (row.control !== 'system') return 0;
    if (row.mnemonic !== 'fence.i') return run.drain;
    this.caches.forgetInstructions();
    return run.drain + this.declaration.caches.refetch;
  }

  #collect(passed: number | undefined): number {
    const cycles = passed === undefined ? 0 : Math.max(0, this.#surplus[0]! - passed);
    if (this.countsWaits) this.#waits[causes.indexOf('multiplier')]! += BigInt(cycles);
    return cycles;
  }

  #countWaits({ waits }: Run): void {
    for (const [i, cause] of causes.entries()) this.#waits[i]! += BigInt(waits[cause]);
  }

  /** The sum of the events that a value of mhpmevent selects. */
  #count(selector: bigint): bigint {
    const { caches, predictor } = this;
    const counts: Counts = {
      ...caches.events,
      waits: this.#waits,
      mispredicted: [predictor.mispredicted],
      missedTargets: [predictor.missedTargets],
    };
    const selected = selectedEvents(selector);
    if (!this.countsWaits && selected.some(([name]) => name === 'waits')) {
      this.countsWaits = true;
      this.version++;
      this.core.codeVersion++;
    }
    return selected.reduce((sum, [name, index]) => sum + (counts[name][index] ?? 0n), 0n);
  }

  #surplusOf(operation: Operation, { rs1, rs2 }: Predecoded): number {
    const { core, declaration } = this;
    const kind = operation.kind!;
    const value = (slot: number): Wide => [core.x[slot]!, core.stride === 2 ? core.x[slot + 1]! : core.x[slot]! >> 31];
    return operation.multiplier === 'multiply'
      ? productSurplus(value(rs1), kind, declaration.multiplier)
      : quotientSurplus(value(rs1), value(rs2), kind, declaration.multiplier);
  }

  #access({ store, atomic, bytes, offset }: Access, { rs1 }: Predecoded): number {
    const { core, caches, declaration } = this;
    const sum = (core.x[rs1]! >>> 0) + offset;
    const high = core.stride === 1 ? 0 : (core.x[rs1 + 1]! + Math.floor(sum / 2 ** 32)) | 0;
    const at = this.#offset(sum);
    const aligned = (at & (bytes - 1)) === 0 || !(atomic || core.misalignedTraps);
    const covered = store && (at - this.#covered.from) >>> 0 < this.#covered.bytes;
    const plain = high === 0 && at <= core.bus.main.bytes.length - bytes && aligned && !covered;
    if (!plain) return store ? declaration.caches.uncachedWrite : declaration.caches.uncachedRead;
    const line = Math.floor(at / declaration.caches.lineBytes);
    return store ? caches.store(line) : caches.load(line);
  }

  #offset(address: number): number {
    return (address - this.core.bus.main.base) >>> 0;
  }

  #operations(start: number): Operation[] {
    const operations: Operation[] = [];
    for (let pc = start; operations.length < longestRun; ) {
      const instruction = this.#decode(pc);
      if (instruction === undefined) break;
      operations.push(this.#operationOf(instruction));
      if (instruction.row.control !== 'next') break;
      pc = (pc + instruction.bytes) | 0;
    }
    return operations;
  }

  #operationOf(instruction: Decoded): Operation {
    const known = this.#known.get(instruction);
    if (known !== undefined) return known;
    const operation = operationOf(instruction, this.declaration, this.core);
    this.#known.set(instruction, operation);
    return operation;
  }

  #decode(pc: number): Decoded | undefined {
    const { main, view } = this.core.bus;
    const at = this.#offset(pc);
    if (at > main.bytes.length - 2) return undefined;
    const low = view.getUint16(at, true);
    if ((low & 3) === 3 && at > main.bytes.length - 4) return undefined;
    const found = this.#decoder.decode((low & 3) === 3 ? view.getUint32(at, true) : low);
    return found && this.#decoder.expand(found);
  }
}

/** Stores to these offsets of the main memory go to devices. */
function coveredRange({ bus }: Core): { readonly from: number; readonly bytes: number } {
  const devices = bus.covered.map(({ base, size }) => ({ from: (base - bus.main.base) >>> 0, to: ((base - bus.main.base) >>> 0) + size }));
  if (devices.length === 0) return { from: 0, bytes: 0 };
  const from = Math.min(...devices.map((device) => device.from)) - 7;
  return { from, bytes: Math.max(...devices.map((device) => device.to)) - from };
}
