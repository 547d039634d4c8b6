import { operations } from '../../float/operations.ts';
import { call, get, i32, i64, type ValType, words } from '../expression.ts';
import { valueType } from '../float.ts';
import { FunctionBuilder } from '../function.ts';
import { ModuleBuilder } from '../module.ts';
import { commandFunction, commandParameters } from './commands.ts';
import { isTranslated } from './floats.ts';
import type { Instruction } from './instruction.ts';
import type { CodeRange, Kept, KeptModule } from './kept.ts';
import { exits, layout } from './layout.ts';
import { placeOf, protocolOf, stackWords } from './protocol.ts';
import type { Surroundings } from './surroundings.ts';
import { libraryRows, type Source, type Strategy, type Unit, unitAt } from './units.ts';

/** Instructions that one module takes in: what is reachable beyond them waits until it is reached. */
const perModule = 30_000;
/** How often an instruction may be translated on average, as part of different functions that start in the middle of one. */
const copies = 10;

/** A compiled module, and the table slots of the regions in it. */
export interface Part extends KeptModule {
  readonly module: WebAssembly.Module;
  readonly end: number;
}

/** The translated code of one program: regions by their addresses, in modules that every core makes instances of. */
export class Image {
  readonly surroundings: Surroundings;
  readonly strategy: Strategy;
  /** Counts how often everything was forgotten. */
  generation = 0;
  readonly parts: Part[] = [];
  readonly #memory: Uint8Array;
  readonly #source: Source;
  readonly #fetch: (pc: number) => Instruction | undefined;
  /** What was decoded in this translation. */
  readonly #decoded = new Map<number, Instruction | undefined>();
  readonly #slots = new Map<number, number>();
  readonly #functions = new Set<number>();
  /** The bytes that were translated, by page; -1 where there were none. */
  readonly #code = new Map<number, Int16Array>();
  readonly #base: Base;
  /** What is taken again, after all was forgotten, is not compiled again. */
  readonly #compiled = new WeakMap<KeptModule, WebAssembly.Module>();
  #used = 0;
  #known = 0;
  #written = 0;

  constructor(memory: Uint8Array, surroundings: Surroundings, strategy: Strategy, decode: (pc: number) => Instruction | undefined) {
    this.surroundings = surroundings;
    this.strategy = strategy;
    this.#memory = memory;
    this.#base = baseOf(surroundings);
    this.#fetch = decode;
    this.#source = {
      surroundings,
      returns: strategy === 'structured',
      decode: (pc) => this.#decode(pc),
      isFunction: (pc) => this.#functions.has(pc),
      isEntry: (pc) => this.#slots.has(pc),
      word: (address, bytes) => this.#word(address, bytes),
    };
  }

  /** The module that the others import from. */
  get base(): WebAssembly.Module {
    return this.#base.module;
  }

  /** The slot of the region that starts at an address. */
  slot(pc: number): number | undefined {
    return this.#slots.get(pc);
  }

  /** The addresses of all regions. */
  get entries(): readonly number[] {
    return this.parts.flatMap(({ entries }) => entries);
  }

  /** Whether a region can start at an address. */
  canBegin(pc: number): boolean {
    const instruction = this.#fetch(pc);
    return instruction !== undefined && isTranslated(instruction);
  }

  /** An image of the same program with nothing in it yet but that these addresses are called. */
  empty(functions: Iterable<number>): Image {
    const image = new Image(this.#memory, this.surroundings, this.strategy, this.#fetch);
    for (const address of functions) image.#functions.add(address);
    return image;
  }

  /** What is there in memory; undefined where nothing can be fetched or decoded. */
  instruction(pc: number): Instruction | undefined {
    return this.#fetch(pc);
  }

  /** Translates what starts at these addresses and what can be reached from there, as far as it deserves it. */
  translate(entries: readonly number[], deserves: (pc: number) => boolean = () => true, strategy = this.strategy): void {
    this.#decoded.clear();
    const units = this.#reach(entries, deserves, strategy);
    if (units.length === 0) return;
    const module = new ModuleBuilder();
    module.importMemory('core', 'memory');
    module.importTable('core', 'table');
    module.importGlobal('core', 'area');
    const library = importFloats(module, units);
    if (this.surroundings.marks !== undefined)
      library.set(commandFunction, module.importFunction('base', commandFunction, commandParameters, ['i32']));
    const timing = this.#base.timing.map((parameters, place) => module.importFunction('base', timingFunction(place), parameters, ['i32']));
    const first = module.nextFunction;
    const indices = new Map(units.map(({ entry }, i) => [entry, first + i]));
    const link = (pc: number) => {
      const [index, slot] = [indices.get(pc), this.#slots.get(pc)];
      return index !== undefined ? { index } : slot !== undefined ? { slot } : undefined;
    };
    const { parameters, results } = protocolOf(this.surroundings);
    const links = {
      type: module.type(parameters, results),
      link,
      library: (mnemonic: string) => library.get(mnemonic) ?? 0,
      timing: (place: number) => timing[place] ?? 0,
    };
    for (const unit of units) module.add(unit.write(links), results);
    module.elements(
      this.#used,
      units.map((_, i) => first + i),
    );
    for (const { instructions } of units) for (const { pc, next } of instructions) this.#remember(pc, next);
    this.#append({ entries: units.map(({ entry }) => entry), bytes: module.bytes() });
  }

  #append(kept: KeptModule): void {
    const { entries, bytes } = kept;
    const module = this.#compiled.get(kept) ?? new WebAssembly.Module(bytes);
    this.#compiled.set(kept, module);
    for (const entry of entries) this.#slots.set(entry, this.#used++);
    this.parts.push({ module, entries, bytes, end: this.#used });
  }

  /** All that was translated since everything was forgotten. */
  kept(conditions: string): Kept {
    return { conditions, code: this.#ranges(), functions: [...this.#functions], modules: this.parts };
  }

  /** Takes what an earlier run translated, if that is the code in memory and nothing is translated yet. False where it cannot be taken. */
  adopt({ code, functions, modules }: Kept): boolean {
    const { base } = this.surroundings;
    if (this.parts.length > 0 || !code.every(({ address, bytes }) => isAt(this.#memory, address - base, bytes))) return false;
    try {
      for (const module of modules) this.#append(module);
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error;
      this.forget();
      return false;
    }
    for (const address of functions) this.#functions.add(address);
    for (const { address, bytes } of code) this.#rememberRange(address - base, bytes.length);
    return true;
  }

  /** Whether the code that was translated is still what the memory holds. */
  get current(): boolean {
    for (const [page, bytes] of this.#code) {
      const start = page * pageSize;
      for (let i = 0; i < bytes.length; i++) if (bytes[i] !== -1 && bytes[i] !== this.#memory[start + i]) return false;
    }
    return true;
  }

  /** Whether the byte at an address was translated. */
  covers(pc: number): boolean {
    const at = pc - this.surroundings.base;
    return (this.#code.get(Math.floor(at / pageSize))?.[at % pageSize] ?? -1) !== -1;
  }

  /** Drops all regions. */
  forget(): void {
    this.generation++;
    this.parts.length = 0;
    this.#slots.clear();
    this.#functions.clear();
    this.#code.clear();
    this.#used = this.#known = this.#written = 0;
  }

  #reach(entries: readonly number[], deserves: (pc: number) => boolean, strategy: Strategy): readonly Unit[] {
    const units: Unit[] = [];
    const wanted = new Set(entries.filter((pc) => !this.#slots.has(pc)));
    const source: Source = { ...this.#source, isEntry: (pc) => wanted.has(pc) || this.#slots.has(pc) };
    let taken = 0;
    for (const pc of wanted) {
      if (taken >= perModule) break;
      const isCopy = this.#written > copies * this.#known + perModule && !this.#functions.has(pc);
      const unit = unitAt(pc, isCopy ? 'block' : strategy, source);
      if (unit === undefined) continue;
      units.push(unit);
      taken += unit.instructions.length;
      for (const address of unit.functions) this.#functions.add(address);
      for (const address of [...unit.functions, ...unit.places]) if (!this.#slots.has(address) && deserves(address)) wanted.add(address);
    }
    return units;
  }

  #decode(pc: number): Instruction | undefined {
    const known = this.#decoded.get(pc);
    if (known !== undefined || this.#decoded.has(pc)) return known;
    const instruction = this.#fetch(pc);
    this.#decoded.set(pc, instruction);
    return instruction;
  }

  #word(address: number, bytes: 4 | 8): number | undefined {
    const at = address - this.surroundings.base;
    if (!(at >= 0 && at + bytes <= this.#memory.length)) return undefined;
    const view = new DataView(this.#memory.buffer, this.#memory.byteOffset + at, bytes);
    return bytes === 4 ? view.getInt32(0, true) : Number(view.getBigInt64(0, true));
  }

  #remember(from: number, to: number): void {
    this.#written++;
    if (!this.covers(from)) this.#known++;
    this.#rememberRange(from - this.surroundings.base, to - from);
  }

  #rememberRange(from: number, count: number): void {
    for (let at = from; at < from + count; at++) {
      const page = Math.floor(at / pageSize);
      const bytes = this.#code.get(page) ?? new Int16Array(pageSize).fill(-1);
      this.#code.set(page, bytes);
      bytes[at % pageSize] = this.#memory[at] ?? -1;
    }
  }

  /** The bytes that were translated, in order. */
  #ranges(): CodeRange[] {
    const ranges: { address: number; bytes: number[] }[] = [];
    for (const [page, bytes] of [...this.#code].sort(([a], [b]) => a - b))
      for (const [i, byte] of bytes.entries()) {
        if (byte === -1) continue;
        const address = this.surroundings.base + page * pageSize + i;
        const last = ranges.at(-1);
        if (last !== undefined && last.address + last.bytes.length === address) last.bytes.push(byte);
        else ranges.push({ address, bytes: [byte] });
      }
    return ranges.map(({ address, bytes }) => ({ address, bytes: Uint8Array.from(bytes) }));
  }
}

const pageSize = 4096;

const isAt = (memory: Uint8Array, at: number, bytes: Uint8Array): boolean =>
  at >= 0 && at + bytes.length <= memory.length && bytes.every((byte, i) => memory[at + i] === byte);

/** What all modules of an image share, and the parameters of the cycle model's functions in it. */
interface Base {
  readonly module: WebAssembly.Module;
  readonly timing: readonly (readonly ValType[])[];
}
const timingFunction = (place: number): string => `timing ${place}`;

/**
 * How a core enters translated code (`enter`), the functions of its cycle model, and the one that gives commands: the host's, in a function of WebAssembly, because
 * every module that imports the host's own has its wrapper compiled again.
 */
function baseOf(surroundings: Surroundings): Base {
  const module = new ModuleBuilder();
  module.importMemory('core', 'memory');
  module.importTable('core', 'table');
  module.importGlobal('core', 'area');
  const command = surroundings.marks && module.importFunction('core', commandFunction, commandParameters, ['i32']);
  const first = module.nextFunction;
  const timing = surroundings.timing?.functions?.((place) => first + place) ?? [];
  for (const [place, each] of timing.entries()) module.export(timingFunction(place), module.add(each, ['i32']));
  module.export('enter', module.add(entrance(surroundings, module), []));
  if (command !== undefined) {
    const f = new FunctionBuilder(commandParameters, 'i32');
    f.return(call('i32', command, ...commandParameters.map((_, place) => get('i32', place))));
    f.unreachable();
    module.export(commandFunction, module.add(f, ['i32']));
  }
  return { module: new WebAssembly.Module(module.bytes()), timing: timing.map(({ parameters }) => parameters) };
}

/**
 * Calls the function of a slot, and as long as functions return addresses of regions that the core knows, theirs. In the end the pc, the reason and the
 * counters are in the core's area.
 */
function entrance(surroundings: Surroundings, module: ModuleBuilder): FunctionBuilder {
  const { area, xlen } = surroundings;
  const { parameters, results, retired } = protocolOf(surroundings);
  const word = words(xlen);
  const type = module.type(parameters, results);
  const f = new FunctionBuilder(['i32', 'i32'], xlen === 64 ? 'i64' : 'i32');
  const [slot, left] = [0, 1];
  const [pc, count] = [f.local('word'), f.local('i32')];
  const finish = (): void => {
    f.store(area(), get('i32', left), layout.left);
    f.store(area(), get('i32', count), layout.retired);
    f.return();
  };
  f.loop((again) => {
    const counters = retired === undefined ? [left] : [left, count];
    const operands = counters.map((local) => get('i32', local));
    f.callIndirectInto([pc, ...counters], type, get('i32', slot), ...operands, i32.const(stackWords));
    f.if(i32.and(word.low(get('word', pc)), i32.const(1)), finish);
    const entry = f.name(i32.add(area(), placeOf(word.low(get('word', pc)))));
    f.if(i64.eq(word.toI64U(get('word', pc)), i64.load32U(entry, layout.targets)), () => {
      f.set(slot, i32.load(entry, layout.targets + 4));
      f.br(again);
    });
    f.store(area(), get('word', pc), layout.pc);
    f.store(area(), i32.const(exits.goOn), layout.exit);
    finish();
  });
  return f;
}

/** The functions of the float instructions that the units use, by mnemonic. They are imported before the regions take their indices. */
function importFloats(module: ModuleBuilder, units: readonly Unit[]): Map<string, number> {
  const used = new Set(units.flatMap(libraryRows).map(({ mnemonic }) => mnemonic));
  const imported = operations.filter(({ name }) => used.has(name));
  return new Map(
    imported.map(({ name, operands, result }) => {
      const parameters = ['i32' as const, ...operands.map((place) => valueType[place])];
      return [name, module.importFunction('float', name, parameters, [valueType[result]])];
    }),
  );
}
