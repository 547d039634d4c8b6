/** Words of 32 cycles that a calendar looks ahead: a power of two. What is further apart than that shares a word, and the later one has it. */
const words = 1 << 10;
const perWord = 32;
/** Cycles in a row that are taken at once. */
export const longestRun = perWord;

/** A resource that serves one request a cycle. Requests come in any order of their cycles, and each takes the first free one. */
export class Reservations {
  /** A bit for each cycle that is taken. */
  readonly #taken = new Int32Array(words);
  /** Which cycles each word has: the first one divided by 32. */
  readonly #numbers = new Float64Array(words).fill(-1);

  /** The cycle in which a request is served that is made in `cycle`. */
  reserve(cycle: number): number {
    const at = this.#free(cycle);
    this.#taken[Math.floor(at / perWord) & (words - 1)]! |= 1 << (at & (perWord - 1));
    return at;
  }

  /** Several requests, each made when the one before is served: the first one's cycle if they are served one after the other, and nothing is reserved if not. */
  reserveStream(cycle: number, count: number): number | undefined {
    const at = this.#free(cycle);
    return this.reserveAll(at, count) ? at : undefined;
  }

  /** Takes so many cycles in a row, at most 32, if all of them are free, and says whether they were. */
  reserveAll(cycle: number, count: number): boolean {
    const number = Math.floor(cycle / perWord);
    const slot = this.#slot(number);
    const from = cycle - perWord * number;
    const mask = ones(count) << from;
    if (from + count <= perWord) {
      if ((this.#taken[slot]! & mask) !== 0) return false;
      this.#taken[slot]! |= mask;
      return true;
    }
    const next = this.#slot(number + 1);
    const more = ones(from + count - perWord);
    if ((this.#taken[slot]! & mask) !== 0 || (this.#taken[next]! & more) !== 0) return false;
    this.#taken[slot]! |= mask;
    this.#taken[next]! |= more;
    return true;
  }

  /** Takes cycles, whoever else has them. */
  take(cycle: number, count: number): void {
    const end = Math.ceil(cycle) + count;
    for (let at = Math.ceil(cycle); at < end; ) {
      const number = Math.floor(at / perWord);
      const from = at - perWord * number;
      const length = Math.min(perWord - from, end - at);
      this.#taken[this.#slot(number)]! |= ones(length) << from;
      at += length;
    }
  }

  /** The first of so many cycles in a row, at most 32. */
  reserveRun(cycle: number, count: number): number {
    let first = Math.ceil(cycle);
    while (!this.reserveAll(first, count)) first++;
    return first;
  }

  #free(cycle: number): number {
    let at = Math.ceil(cycle);
    for (;;) {
      const number = Math.floor(at / perWord);
      const free = ~this.#taken[this.#slot(number)]! & (-1 << (at - perWord * number));
      if (free !== 0) return perWord * number + 31 - Math.clz32(free & -free);
      at = perWord * (number + 1);
    }
  }

  /** The place of a word: what it had before is forgotten, unless it is the same one. */
  #slot(number: number): number {
    const slot = number & (words - 1);
    if (this.#numbers[slot] !== number) {
      this.#numbers[slot] = number;
      this.#taken[slot] = 0;
    }
    return slot;
  }
}

const ones = (count: number): number => (count >= perWord ? -1 : (1 << count) - 1);

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
