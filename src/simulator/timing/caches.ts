import type { CacheDeclaration, CachesDeclaration } from '../../hardware/pipeline.ts';
import type { CachePlace, LineCaches } from '../riscv/accelerator.ts';
import { filterEntries, type TimingLayout } from './layout.ts';

/** A tag is a line's number above these two bits. */
const [valid, dirty] = [1, 2];
const isValid = (tag: number): boolean => (tag & valid) !== 0;
const isDirty = (tag: number): boolean => (tag & dirty) !== 0;
const lineOf = (tag: number): number => tag >>> 2;
/** No line has this number. */
const noLine = -1;

/** One cache: tags in a memory, and a shift register there that chooses victims. */
class Cache {
  readonly #tags: Int32Array;
  readonly #random: Int32Array;
  readonly #sets: number;
  readonly #ways: number;

  constructor(tags: Int32Array, random: Int32Array, { sets, ways }: CacheDeclaration) {
    this.#tags = tags;
    this.#random = random.fill(1);
    this.#sets = sets;
    this.#ways = ways;
  }

  /** Where a line's tag is; undefined where it is not. */
  find(line: number): number | undefined {
    const tags = this.#tags;
    const wanted = (line << 2) | valid;
    const first = (line % this.#sets) * this.#ways;
    const end = first + this.#ways;
    for (let at = first; at < end; at++) if ((tags[at]! & ~dirty) === wanted) return at;
    return undefined;
  }

  /** Puts a line into a random way of its set, also while others are empty, and gives the tag that was there: 0 if none was. */
  replace(line: number, changed: boolean): number {
    const at = this.#victim(line);
    const old = this.#tags[at]!;
    this.#tags[at] = (line << 2) | (changed ? dirty : 0) | valid;
    return old;
  }

  /** The youngest bits of a register of 16 with feedback x^16 + x^14 + x^13 + x^11 + 1 choose the way. */
  #victim(line: number): number {
    const random = this.#random[0]!;
    const feedback = (random >> 15) ^ (random >> 13) ^ (random >> 12) ^ (random >> 10);
    this.#random[0] = ((random << 1) & 0xffff) | (feedback & 1);
    return (line % this.#sets) * this.#ways + (random % this.#ways);
  }

  makeDirty(at: number): void {
    this.#tags[at]! |= dirty;
  }

  /** Whether the line was dirty: it is not any more. */
  clean(line: number): boolean {
    const at = this.find(line);
    if (at === undefined || !isDirty(this.#tags[at]!)) return false;
    this.#tags[at]! &= ~dirty;
    return true;
  }

  /** Whether the line was there, and was dirty. */
  drop(line: number): boolean {
    const at = this.find(line);
    if (at === undefined) return false;
    const old = this.#tags[at]!;
    this.#tags[at] = 0;
    return isDirty(old);
  }

  clear(): void {
    this.#tags.fill(0);
  }
}

/** What happened in the caches so far: a number of 64 bits each. */
export interface CacheEvents {
  readonly fetchMisses: BigInt64Array;
  readonly fetchCycles: BigInt64Array;
  readonly dataMisses: BigInt64Array;
  readonly dataCycles: BigInt64Array;
  readonly writebacks: BigInt64Array;
}

/**
 * Instruction and data cache over a shared one, all with random replacement: a hit changes nothing. Lines are numbered from the start of the
 * main memory. The filters say of many lines at once what the tags say, one compare each: translated code asks them first.
 */
export class Caches implements LineCaches {
  readonly events: CacheEvents;
  readonly places: LineCaches['places'];
  readonly #costs: CachesDeclaration;
  readonly #instructions: Cache;
  readonly #data: Cache;
  readonly #shared: Cache;
  readonly #loads: Int32Array;
  readonly #stores: Int32Array;
  readonly #fetches: Int32Array;

  /** `at` is where the model's state starts in the memory. */
  constructor(memory: WebAssembly.Memory, at: number, layout: TimingLayout, costs: CachesDeclaration) {
    const words = (offset: number, count: number) => new Int32Array(memory.buffer, at + offset, count);
    const cache = (offset: number, victims: number, declaration: CacheDeclaration) =>
      new Cache(words(offset, declaration.sets * declaration.ways), words(layout.victims + 4 * victims, 1), declaration);
    const event = (offset: number) => new BigInt64Array(memory.buffer, at + offset, 1);
    this.#costs = costs;
    this.events = {
      fetchMisses: event(layout.fetchMisses),
      fetchCycles: event(layout.fetchCycles),
      dataMisses: event(layout.dataMisses),
      dataCycles: event(layout.dataCycles),
      writebacks: event(layout.writebacks),
    };
    const place = (tags: number, victims: number, { sets, ways }: CacheDeclaration): CachePlace => ({
      ...{ tags: at + tags, random: at + layout.victims + 4 * victims },
      ...{ sets, ways },
    });
    this.places = {
      data: place(layout.data, 1, costs.data),
      shared: place(layout.shared, 2, costs.shared),
      ...{ loads: at + layout.loads, stores: at + layout.stores, writebacks: at + layout.writebacks },
    };
    this.#instructions = cache(layout.instructions, 0, costs.instructions);
    this.#data = cache(layout.data, 1, costs.data);
    this.#shared = cache(layout.shared, 2, costs.shared);
    this.#loads = words(layout.loads, filterEntries).fill(noLine);
    this.#stores = words(layout.stores, filterEntries).fill(noLine);
    this.#fetches = words(layout.fetches, filterEntries).fill(noLine);
  }

  /** Cycles that a fetch from a line waits. */
  fetch(line: number): number {
    if (this.#fetches[line % filterEntries] === line) return 0;
    const hit = this.#instructions.find(line) !== undefined;
    const cycles = hit ? 0 : this.#refillInstructions(line);
    this.#fetches[line % filterEntries] = line;
    return cycles;
  }

  load(line: number): number {
    if (this.#loads[line % filterEntries] === line) return 0;
    const hit = this.#data.find(line) !== undefined;
    const cycles = hit ? 0 : this.#refillData(line, false);
    this.#loads[line % filterEntries] = line;
    return cycles;
  }

  store(line: number): number {
    if (this.#stores[line % filterEntries] === line) return 0;
    const at = this.#data.find(line);
    if (at !== undefined) this.#data.makeDirty(at);
    const cycles = at === undefined ? this.#refillData(line, true) : 0;
    this.#stores[line % filterEntries] = line;
    this.#loads[line % filterEntries] = line;
    return cycles;
  }

  /** fence.i. */
  forgetInstructions(): void {
    this.#instructions.clear();
    this.#fetches.fill(noLine);
  }

  get lineBytes(): number {
    return this.#costs.lineBytes;
  }
  get memoryLatency(): number {
    return this.#costs.memoryLatency;
  }

  /** A device reads a line: what the core has changed goes to the shared cache, and stays in its own, unchanged. */
  readLine(line: number): 'hit' | 'miss' | 'dirty' {
    const missed = this.#refillShared(line, false) > 0;
    if (missed || !this.#data.clean(line)) return missed ? 'miss' : 'hit';
    forget(this.#stores, line);
    this.#writeBack(line);
    return 'dirty';
  }

  /** A device writes a line: the shared cache has it, and nobody else. */
  writeLine(line: number): 'hit' | 'miss' | 'dirty' {
    const missed = this.#refillShared(line, false) > 0;
    const at = this.#shared.find(line);
    if (at !== undefined) this.#shared.makeDirty(at);
    return this.#forgetLine(line) ? 'dirty' : missed ? 'miss' : 'hit';
  }

  #refillInstructions(line: number): number {
    const cycles = this.#costs.fetchMiss + this.#refillShared(line, false);
    const victim = this.#instructions.replace(line, false);
    if (isValid(victim)) forget(this.#fetches, lineOf(victim));
    this.events.fetchMisses[0]!++;
    this.events.fetchCycles[0]! += BigInt(cycles);
    return cycles;
  }

  #refillData(line: number, store: boolean): number {
    const { dataMiss, dirtyVictim } = this.#costs;
    const shared = this.#refillShared(line, store);
    const victim = this.#data.replace(line, store);
    if (isValid(victim)) {
      forget(this.#loads, lineOf(victim));
      forget(this.#stores, lineOf(victim));
    }
    if (isDirty(victim)) this.#writeBack(lineOf(victim));
    const cycles = shared + dataMiss + (isDirty(victim) ? dirtyVictim : 0);
    this.events.dataMisses[0]!++;
    this.events.dataCycles[0]! += BigInt(cycles);
    return cycles;
  }

  #writeBack(line: number): void {
    const at = this.#shared.find(line);
    if (at !== undefined) this.#shared.makeDirty(at);
    this.events.writebacks[0]!++;
  }

  /** Cycles that a miss costs more because the shared cache misses too. */
  #refillShared(line: number, store: boolean): number {
    if (this.#shared.find(line) !== undefined) return 0;
    const { sharedMiss, memoryLatency, dirtySharedVictim } = this.#costs;
    const victim = this.#shared.replace(line, false);
    const wasDirty = isValid(victim) && (this.#forgetLine(lineOf(victim)) || isDirty(victim));
    return sharedMiss + memoryLatency + (wasDirty && store ? dirtySharedVictim : 0);
  }

  /** The shared cache includes the data cache. Instructions stay where they are: code that runs is fetched anew by other code only. */
  #forgetLine(line: number): boolean {
    forget(this.#loads, line);
    forget(this.#stores, line);
    return this.#data.drop(line);
  }
}

function forget(filter: Int32Array, line: number): void {
  if (filter[line % filterEntries] === line) filter[line % filterEntries] = noLine;
}
