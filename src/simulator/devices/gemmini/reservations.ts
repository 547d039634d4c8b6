/** Before all cycles. Unlike 0 it is no small integer, so V8 has room for a fraction where it stands and need not compile again when there is one. */
export const longAgo = Number.NEGATIVE_INFINITY;

/** Words of 32 cycles that a calendar looks ahead: a power of two. What is further apart than that shares a word, and the later one has it. */
const words = 1 << 10;
const perWord = 32;
const lowBits = perWord - 1;
const wordShift = 5;
/** Cycles in a row that are taken at once. */
export const longestRun = perWord;

/**
 * A resource that serves one request a cycle. Requests come in any order of their cycles, and each takes the first free one.
 * Shifts and masks take the low 32 bits of a cycle, however late it is.
 */
export class Reservations {
  /** A bit for each cycle that is taken. */
  readonly #taken = new Int32Array(words);
  /** The first cycle of those that each word has. */
  readonly #firsts = new Float64Array(words).fill(-1);

  /** The cycle in which a request is served that is made in `cycle`. */
  reserve(cycle: number): number {
    const at = Math.ceil(cycle);
    const slot = this.#slot(at);
    const bit = 1 << at;
    if ((this.#taken[slot]! & bit) !== 0) return this.#reserveLater(at + 1);
    this.#taken[slot]! |= bit;
    return at;
  }

  /** Several requests, each made when the one before is served: the first one's cycle if they are served one after the other, and nothing is reserved if not. */
  reserveStream(cycle: number, count: number): number | undefined {
    const at = Math.ceil(cycle);
    if (this.reserveAll(at, count)) return at;
    const first = this.#free(at);
    return first !== at && this.reserveAll(first, count) ? first : undefined;
  }

  /** Takes so many cycles in a row, at most 32, if all of them are free, and says whether they were. */
  reserveAll(cycle: number, count: number): boolean {
    const slot = this.#slot(cycle);
    const mask = ones(count) << cycle;
    if ((this.#taken[slot]! & mask) !== 0) return false;
    const beyond = (cycle & lowBits) + count - perWord;
    if (beyond > 0) {
      const next = this.#slot(cycle + count - beyond);
      const rest = ones(beyond);
      if ((this.#taken[next]! & rest) !== 0) return false;
      this.#taken[next]! |= rest;
    }
    this.#taken[slot]! |= mask;
    return true;
  }

  #areFree(cycle: number, count: number): boolean {
    if ((this.#taken[this.#slot(cycle)]! & (ones(count) << cycle)) !== 0) return false;
    const beyond = (cycle & lowBits) + count - perWord;
    return beyond <= 0 || (this.#taken[this.#slot(cycle + count - beyond)]! & ones(beyond)) === 0;
  }

  /** Takes cycles, whoever else has them. */
  take(cycle: number, count: number): void {
    const end = Math.ceil(cycle) + count;
    for (let at = Math.ceil(cycle); at < end; ) {
      const length = Math.min(perWord - (at & lowBits), end - at);
      this.#taken[this.#slot(at)]! |= ones(length) << at;
      at += length;
    }
  }

  /** The first of so many cycles in a row, at most 32, that are free. They stay so. */
  findRun(cycle: number, count: number): number {
    let first = Math.ceil(cycle);
    while (!this.#areFree(first, count)) first = this.#free(first + 1);
    return first;
  }

  #reserveLater(cycle: number): number {
    const at = this.#free(cycle);
    this.#taken[this.#slot(at)]! |= 1 << at;
    return at;
  }

  #free(cycle: number): number {
    for (let at = cycle; ; at += perWord - (at & lowBits)) {
      const free = ~this.#taken[this.#slot(at)]! & (-1 << at);
      if (free !== 0) return at - (at & lowBits) + 31 - Math.clz32(free & -free);
    }
  }

  /** The place of a cycle's word: what it had before is forgotten, unless it is the same one. */
  #slot(cycle: number): number {
    const slot = (cycle >> wordShift) & (words - 1);
    const first = cycle - (cycle & lowBits);
    if (this.#firsts[slot] !== first) {
      this.#firsts[slot] = first;
      this.#taken[slot] = 0;
    }
    return slot;
  }
}

/** So many low bits. */
const ones = (count: number): number => (count >= perWord ? -1 : (1 << count) - 1);

/** The banks of a local memory. Their number and their rows are powers of two, and rows go round at the end. */
export class Banks {
  readonly #all: readonly Reservations[];
  readonly #shift: number;

  constructor({ banks, rows }: { readonly banks: number; readonly rows: number }) {
    this.#all = Array.from({ length: banks }, () => new Reservations());
    this.#shift = Math.log2(rows);
  }

  /** The bank of a row. */
  of(row: number): Reservations {
    return this.#all[(row >> this.#shift) & (this.#all.length - 1)]!;
  }
}

/** Requests that are remembered, at least: the latest ones. */
const remembered = 512;

/** So many places, one of which each request takes for the same number of cycles. Requests come in any order of their cycles. */
export class Places {
  readonly #count: number;
  /** When requests take a place, in order. */
  readonly #begins = new Float64Array(2 * remembered);
  #end = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** The first cycle from which on a place is free for so many cycles. */
  find(cycle: number, cycles: number): number {
    const begins = this.#begins;
    const others = this.#count - 1;
    let first = Math.ceil(cycle);
    let at = this.#end;
    while (at > 0 && begins[at - 1]! > first - cycles) at--;
    for (; at + others < this.#end && begins[at + others]! < first + cycles; at++) {
      // Each one and the others behind it take all places from when the last of them begins until the first of them ends.
      const end = begins[at]! + cycles;
      if (begins[at + others]! < end) first = Math.max(first, end);
    }
    return first;
  }

  take(cycle: number): void {
    const begins = this.#begins;
    if (this.#end === begins.length) {
      begins.copyWithin(0, remembered);
      this.#end = remembered;
    }
    let at = this.#end++;
    for (; at > 0 && begins[at - 1]! > cycle; at--) begins[at] = begins[at - 1]!;
    begins[at] = cycle;
  }
}

/** Room for a number of things under way: another one waits until the one before so many of them has ended. */
export class Room {
  readonly #ends: Float64Array;
  #next = 0;

  constructor(count: number) {
    this.#ends = new Float64Array(count);
  }

  /** The cycle from which on there is room. */
  get free(): number {
    return this.#ends[this.#next]!;
  }

  enter(end: number): void {
    this.#ends[this.#next] = end;
    this.#next = this.#next + 1 === this.#ends.length ? 0 : this.#next + 1;
  }
}
