import { operations } from '../../float/operations.ts';
import { get, i32 } from '../expression.ts';
import { floatFunctions, valueType } from '../float.ts';
import { FunctionBuilder } from '../function.ts';
import { ModuleBuilder } from '../module.ts';
import { parameters, regionFunction } from './block.ts';
import { isInLibrary } from './floats.ts';
import type { Instruction } from './instruction.ts';
import { entryOf, layout, noTarget, targetEntries } from './layout.ts';
import type { Surroundings } from './surroundings.ts';
import { type Trace, traceFrom } from './trace.ts';

/** Regions that one module takes in: what is reachable beyond them waits until it is reached. */
const perModule = 1024;

/** The translated regions of one core: found from an address, translated with everything that the code reaches from there by known ways. */
export class Regions {
  readonly #memory: WebAssembly.Memory;
  readonly #area: number;
  readonly #surroundings: Surroundings;
  readonly #decode: (pc: number) => Instruction | undefined;
  readonly #targets: Int32Array;
  readonly #slots = new Map<number, number>();
  /** The bytes that were translated, by page; -1 where there were none. */
  readonly #code = new Map<number, Int16Array>();
  #floats: WebAssembly.Exports | undefined;
  #table = new WebAssembly.Table({ element: 'anyfunc', initial: 1024 });
  #enter = this.#entrance();
  #used = 0;

  /** `area` is the base of the core's own area. */
  constructor(memory: WebAssembly.Memory, area: number, surroundings: Surroundings, decode: (pc: number) => Instruction | undefined) {
    this.#memory = memory;
    this.#area = area;
    this.#surroundings = surroundings;
    this.#decode = decode;
    this.#targets = new Int32Array(memory.buffer, area + layout.targets, 2 * targetEntries);
    this.forget();
  }

  /** The slot of the region that starts at an address, also for indirect jumps from now on. */
  find(pc: number): number | undefined {
    const slot = this.#slots.get(pc);
    if (slot === undefined) return undefined;
    const entry = (entryOf(pc) - layout.targets) / 4;
    this.#targets[entry] = pc;
    this.#targets[entry + 1] = slot;
    return slot;
  }

  /** Runs translated code from the start of a region until it is left. */
  run(slot: number, cycles: number): void {
    this.#enter(slot, cycles);
  }

  /** Translates what starts at these addresses and what can be reached from there. */
  translate(entries: readonly number[]): void {
    const traces = this.#reach(entries);
    if (traces.length === 0) return;
    const module = new ModuleBuilder();
    module.importMemory('core', 'memory');
    module.importTable('core', 'table');
    module.importGlobal('core', 'area');
    const floats = importFloats(module, traces);
    const library = (mnemonic: string) => floats.get(mnemonic) ?? 0;
    const indices = new Map(traces.map(({ entry }, i) => [entry, floats.size + i]));
    const link = (pc: number) => {
      const [index, slot] = [indices.get(pc), this.#slots.get(pc)];
      return index !== undefined ? { index } : slot !== undefined ? { slot } : undefined;
    };
    const type = module.type(parameters, []);
    for (const trace of traces) module.add(regionFunction(trace, this.#surroundings, { type, link, library }), []);
    module.elements(
      this.#used,
      traces.map((_, i) => floats.size + i),
    );
    if (this.#used + traces.length > this.#table.length) this.#table.grow(this.#table.length + traces.length);
    this.#instance(module);
    for (const { entry } of traces) this.#slots.set(entry, this.#used++);
    for (const { instructions } of traces) for (const { pc, next } of instructions) this.#remember(pc, next);
  }

  /** Whether the code that was translated is still what the memory holds. */
  get current(): boolean {
    const memory = new Uint8Array(this.#memory.buffer, this.#surroundings.ram);
    for (const [page, bytes] of this.#code) {
      const start = page * pageSize;
      for (let i = 0; i < bytes.length; i++) if (bytes[i] !== -1 && bytes[i] !== memory[start + i]) return false;
    }
    return true;
  }

  /** Whether the byte at an address was translated. */
  covers(pc: number): boolean {
    const at = pc - this.#surroundings.base;
    return (this.#code.get(Math.floor(at / pageSize))?.[at % pageSize] ?? -1) !== -1;
  }

  /** Drops all regions. */
  forget(): void {
    this.#slots.clear();
    this.#code.clear();
    this.#used = 0;
    this.#table = new WebAssembly.Table({ element: 'anyfunc', initial: 1024 });
    this.#enter = this.#entrance();
    for (let entry = 0; entry < this.#targets.length; entry += 2) this.#targets[entry] = noTarget;
  }

  #reach(entries: readonly number[]): readonly Trace[] {
    const traces: Trace[] = [];
    const wanted = new Set(entries.filter((pc) => !this.#slots.has(pc)));
    for (const pc of wanted) {
      if (traces.length === perModule) break;
      const trace = traceFrom(pc, this.#decode, (other) => wanted.has(other) || this.#slots.has(other));
      if (trace === undefined) continue;
      traces.push(trace);
      for (const successor of trace.successors) if (!this.#slots.has(successor)) wanted.add(successor);
    }
    return traces;
  }

  #remember(from: number, to: number): void {
    const memory = new Uint8Array(this.#memory.buffer, this.#surroundings.ram);
    for (let at = from - this.#surroundings.base; at < to - this.#surroundings.base; at++) {
      const page = Math.floor(at / pageSize);
      const bytes = this.#code.get(page) ?? new Int16Array(pageSize).fill(-1);
      this.#code.set(page, bytes);
      bytes[at % pageSize] = memory[at] ?? -1;
    }
  }

  #entrance(): (slot: number, cycles: number) => void {
    const module = new ModuleBuilder();
    module.importTable('core', 'table');
    const type = module.type(parameters, []);
    const builder = new FunctionBuilder(['i32', 'i32']);
    builder.returnCallIndirect(type, get('i32', 0), get('i32', 1), i32.const(0));
    module.export('enter', module.add(builder, []));
    return this.#instance(module).exports['enter'] as (slot: number, cycles: number) => void;
  }

  #instance(module: ModuleBuilder): WebAssembly.Instance {
    const library = (): WebAssembly.Exports => (this.#floats ??= floatFunctions(this.#memory, this.#area + layout.fcsr));
    return new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
      core: { memory: this.#memory, table: this.#table, area: this.#area },
      /** Asked for by a module that imports from it. */
      get float() {
        return library();
      },
    });
  }
}

const pageSize = 4096;

/** The functions of the float instructions that the traces use, by mnemonic. They are imported before the regions take their indices. */
function importFloats(module: ModuleBuilder, traces: readonly Trace[]): ReadonlyMap<string, number> {
  const used = new Set(
    traces.flatMap(({ instructions }) => instructions.map(({ row }) => row).filter(isInLibrary)).map(({ mnemonic }) => mnemonic),
  );
  const imported = operations.filter(({ name }) => used.has(name));
  return new Map(
    imported.map(({ name, operands, result }) => {
      const parameters = ['i32' as const, ...operands.map((place) => valueType[place])];
      return [name, module.importFunction('float', name, parameters, [valueType[result]])];
    }),
  );
}
