/** Cycles that calendars hold from their first one on: a power of two. A core that is this far ahead of the slowest one finds everything free. */
export const horizon = 4096;

/**
 * Where the words of calendars lie, counted in words of 32 bits: the low half of the first cycle they hold, then a ring of bitmaps, in which 32 cycles of
 * all resources follow one another. Translated code computes the same places.
 */
export const calendarLayout = {
  from: 0,
  ring: 16,
  /** The word with a cycle of one of `resources`. */
  word: (cycle: number, resource: number, resources: number): number =>
    calendarLayout.ring + ((cycle % horizon) >>> 5) * resources + resource,
  words: (resources: number): number => calendarLayout.ring + (horizon / 32) * resources,
} as const;

/**
 * Reservation calendars of resources that serve one request in each cycle: a bit for each cycle that is taken. A request takes the first free cycle at or
 * after its own. Cores that run one after the other, each for a slice of its own time, so get nearly what they would get cycle by cycle: a time stamp "free
 * from then on" instead would make the second core wait for all that the first did in its slice. Cycles before the slowest core's are forgotten.
 */
export class Calendars {
  readonly resources: number;
  readonly #words: Int32Array;
  #from = 0;

  /** `words` of `calendarLayout.words(resources)`, all zero; in a linear memory, where translated code reserves too. */
  constructor(resources: number, words = new Int32Array(calendarLayout.words(resources))) {
    this.resources = resources;
    this.#words = words;
  }

  /** The first of the next `cycles` cycles in a row that are free, at or after `cycle`; they are taken from now on. */
  reserve(resource: number, cycle: number, cycles = 1): number {
    let start = cycle;
    for (let at = start; at < start + cycles; at++) if (this.#taken(resource, at)) start = at + 1;
    for (let at = start; at < start + cycles; at++) this.#take(resource, at);
    return start;
  }

  /** Nothing will be reserved before this cycle any more. */
  forget(before: number): void {
    const until = before - (before % 32);
    for (let from = Math.max(this.#from, until - horizon); from < until; ) {
      const end = Math.min(until, from - (from % horizon) + horizon);
      const first = calendarLayout.word(from, 0, this.resources);
      this.#words.fill(0, first, first + ((end - from) / 32) * this.resources);
      from = end;
    }
    this.#from = Math.max(this.#from, until);
    this.#words[calendarLayout.from] = this.#from;
  }

  #taken(resource: number, cycle: number): boolean {
    return this.#holds(cycle) && ((this.#words[calendarLayout.word(cycle, resource, this.resources)]! >>> (cycle % 32)) & 1) === 1;
  }
  #take(resource: number, cycle: number): void {
    if (this.#holds(cycle)) this.#words[calendarLayout.word(cycle, resource, this.resources)]! |= 1 << (cycle % 32);
  }
  #holds(cycle: number): boolean {
    return cycle - this.#from < horizon;
  }
}
