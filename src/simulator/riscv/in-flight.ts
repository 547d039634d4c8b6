/** Bytes of the main memory that an accelerator is going to read or write. */
export interface Flight {
  readonly by: string;
  readonly access: 'read' | 'write';
  /** Guest address of the first byte. */
  readonly address: number;
  readonly bytes: number;
  /** Rows of so many bytes each, `stride` apart and at least as long; one, where absent. */
  readonly rows?: number;
  readonly stride?: number;
}

/** A core touched memory that an accelerator has in flight: it was to wait with a fence. No handler of the program sees it. */
export class MissingFence extends Error {
  readonly access: 'load' | 'store';
  readonly address: number;
  readonly flight: Flight;

  constructor(access: 'load' | 'store', address: number, flight: Flight) {
    super(`missing fence: ${flight.by} still ${flight.access}s there: ${access} access`);
    this.access = access;
    this.address = address;
    this.flight = flight;
  }
}

/** 2^4 bytes of memory have one mark: translated code looks at it before each access. */
export const markShift = 4;
/** An access of 8 bytes that begins so many bytes before a flight reaches into it. */
const reach = 7;
/**
 * The mark of what is written is an odd number, that of what is only read is one less. When nothing is in flight any more, it goes up by two, which voids all
 * marks at once; beyond the last one they are really cleared.
 */
const [firstMark, lastMark] = [3, 255];
/** No mark has the first value, and none or 1 the second one. */
const [noLoad, noStore] = [1, 0];
/** A byte eight times. */
const eightTimes = 0x0101_0101;
/** Numbers of a flight, and flights that there is room for at first. */
const [fields, few] = [5, 256];

/**
 * The memory that accelerators have in flight, until the cores order it by a fence or by asking the accelerator: passing time alone does not end it,
 * because a program that is right by luck is not right. A core that loads what is being written, or stores into what is being read or written, is reported.
 *
 * A flight costs its rows: nothing is allocated for it, and a fence forgets all flights in one step.
 */
export class InFlight {
  /** A byte for each 2^4 bytes of the main memory. */
  readonly marks: Uint8Array;
  /** Eight times the mark that a load must not meet, then eight times the one that a store must not meet, which is looked for with bit 0 set. */
  readonly current: Int32Array;
  readonly #base: number;
  /** Called when the first flight begins, and when the last one ends. */
  readonly #watch: (some: boolean) => void;
  #mark = firstMark;
  /** The marks that were set since all were cleared. */
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;
  #some = false;
  #count = 0;
  #by: string[] = [];
  /** Address, bytes of a row, rows, stride, and whether it is written, of each flight. */
  #numbers = new Float64Array(fields * few);
  /** Where anything is written: the lowest address, and the one behind the highest. */
  #writesFrom = Number.POSITIVE_INFINITY;
  #writesTo = Number.NEGATIVE_INFINITY;

  constructor(base: number, marks: Uint8Array, watch: (some: boolean) => void, current: Int32Array = new Int32Array(4)) {
    this.#base = base >>> 0;
    this.marks = marks;
    this.#watch = watch;
    this.current = current;
    this.#show(noLoad, noStore);
  }

  /** The mark of what is written now. */
  get mark(): number {
    return this.#mark;
  }

  #show(load: number, store: number): void {
    const { current } = this;
    current[0] = current[1] = load * eightTimes;
    current[2] = current[3] = store * eightTimes;
  }

  begin({ by, access, address, bytes, rows = 1, stride = bytes }: Flight): void {
    if (bytes > 0) this.beginRows(by, access === 'write', address >>> 0, bytes, rows, stride);
  }

  /** The same without an object: rows of `bytes` bytes each, `stride` apart and at least as long. */
  beginRows(by: string, write: boolean, address: number, bytes: number, rows: number, stride: number): void {
    const at = this.#count++ * fields;
    if (at === this.#numbers.length) {
      const more = new Float64Array(2 * at);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    const numbers = this.#numbers;
    this.#by[at / fields] = by;
    numbers[at] = address;
    numbers[at + 1] = bytes;
    numbers[at + 2] = rows;
    numbers[at + 3] = stride;
    numbers[at + 4] = write ? 1 : 0;
    if (write) {
      this.#writesFrom = Math.min(this.#writesFrom, address);
      this.#writesTo = Math.max(this.#writesTo, address + (rows - 1) * stride + bytes);
    }
    this.#markRows(write, address, bytes, rows, stride);
    if (this.#count === 1) this.#show(this.#mark, this.#mark);
    if (!this.#some) this.#watch(true);
    this.#some = true;
  }

  /** Ends all that an accelerator has in flight, or what `ends` says of it. */
  end(by: string, ends?: (flight: Flight) => boolean): void {
    if (this.#count === 0) return;
    const left: Flight[] = [];
    for (let i = 0; i < this.#count; i++) {
      if (this.#by[i] === by && ends === undefined) continue;
      const flight = this.#flight(i);
      if (flight.by !== by || ends?.(flight) === false) left.push(flight);
    }
    if (left.length === this.#count) return;
    this.#forget();
    this.#some = left.length > 0;
    if (!this.#some) this.#watch(false);
    for (const flight of left) this.begin(flight);
  }

  /** Refuses an access of a core that misses a fence. */
  check(address: number, bytes: number, access: 'load' | 'store'): void {
    const miss = this.meeting(address, bytes, access);
    if (miss) throw miss;
  }

  /** What an access of a core misses a fence behind; undefined where it does not. */
  meeting(address: number, bytes: number, access: 'load' | 'store'): MissingFence | undefined {
    if (!this.#isMarked(address, bytes, access === 'store')) return undefined;
    for (let i = 0; i < this.#count; i++) {
      if (access === 'load' && this.#numbers[i * fields + 4] === 0) continue;
      if (this.#overlaps(i * fields, address, bytes)) return new MissingFence(access, address, this.#flight(i));
    }
    return undefined;
  }

  /** The same of an accelerator's own load of rows: nothing orders it behind what is still being written but a fence. */
  meetingRows(address: number, bytes: number, rows: number, stride: number): MissingFence | undefined {
    if (address >= this.#writesTo || address + (rows - 1) * stride + bytes <= this.#writesFrom) return undefined;
    for (let row = 0; row < rows; row++) {
      const miss = this.meeting(address + row * stride, bytes, 'load');
      if (miss) return miss;
    }
    return undefined;
  }

  /** Whether rows that are to be written may meet what is in flight: where it says no, they do not. */
  mayMeet(address: number, bytes: number, rows: number, stride: number): boolean {
    for (let row = 0; row < rows; row++) if (this.#isMarked(address + row * stride, bytes, true)) return true;
    return false;
  }

  /** Whether there is a mark where an access is that meets it. */
  #isMarked(address: number, bytes: number, store: boolean): boolean {
    const { marks } = this;
    if (this.#count === 0) return false;
    const current = this.#mark;
    const last = (address + bytes - 1 - this.#base) >>> markShift;
    for (let at = (address - this.#base) >>> markShift; at <= last; at++)
      if (marks[at] === current || (store && marks[at] === current - 1)) return true;
    return false;
  }

  /** Whether bytes from an address on are in a flight. The last row that begins before their end overlaps, or none does. */
  #overlaps(at: number, from: number, count: number): boolean {
    const address = this.#numbers[at]!;
    const bytes = this.#numbers[at + 1]!;
    const rows = this.#numbers[at + 2]!;
    const stride = this.#numbers[at + 3]!;
    if (from + count <= address) return false;
    const row = rows === 1 ? 0 : Math.min(rows - 1, Math.floor((from + count - 1 - address) / stride));
    return from < address + row * stride + bytes;
  }

  #flight(index: number): Flight {
    const [address, bytes, rows, stride, write] = this.#numbers.subarray(index * fields, (index + 1) * fields) as unknown as Numbers;
    const apart = rows === 1 ? {} : { rows, stride };
    return { by: this.#by[index]!, access: write === 1 ? 'write' : 'read', address, bytes, ...apart };
  }

  /** Marks are void, and no flight is known. */
  #forget(): void {
    this.#count = 0;
    this.#show(noLoad, noStore);
    this.#writesFrom = Number.POSITIVE_INFINITY;
    this.#writesTo = Number.NEGATIVE_INFINITY;
    this.#mark += 2;
    if (this.#mark <= lastMark) return;
    this.#mark = firstMark;
    if (this.#lowest <= this.#highest) this.marks.fill(0, this.#lowest, this.#highest + 1);
    this.#lowest = Number.POSITIVE_INFINITY;
    this.#highest = Number.NEGATIVE_INFINITY;
  }

  /** The marks of rows. Where a part of a mark's bytes is written and another one read, it says written. */
  #markRows(write: boolean, address: number, bytes: number, rows: number, stride: number): void {
    const { marks } = this;
    const mark = this.#mark;
    const dense = stride <= bytes;
    const first = address - this.#base;
    const length = dense ? (rows - 1) * stride + bytes : bytes;
    const count = dense ? 1 : rows;
    for (let row = 0; row < count; row++) {
      const from = Math.max(0, first + row * stride - reach) >>> markShift;
      const to = Math.min(marks.length - 1, (first + row * stride + length - 1) >>> markShift);
      if (from < this.#lowest) this.#lowest = from;
      if (to > this.#highest) this.#highest = to;
      if (write) for (let at = from; at <= to; at++) marks[at] = mark;
      else for (let at = from; at <= to; at++) if (marks[at] !== mark) marks[at] = mark - 1;
    }
  }
}

type Numbers = [address: number, bytes: number, rows: number, stride: number, write: number];
