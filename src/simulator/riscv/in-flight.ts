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

/** Whether bytes from an address on are in flight. The last row that begins before their end overlaps, or none does. */
function overlaps({ address, bytes, rows = 1, stride = bytes }: Flight, from: number, count: number): boolean {
  if (from + count <= address) return false;
  const row = rows === 1 ? 0 : Math.min(rows - 1, Math.floor((from + count - 1 - address) / stride));
  return from < address + row * stride + bytes;
}

/** A core touched memory that an accelerator has in flight: it was to wait with a fence. Ends the run; no handler of the program sees it. */
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

/** 2^10 bytes of memory have one mark: translated code looks at it before each access. */
export const markShift = 10;
export const marks = { write: 1, read: 2 } as const;

/**
 * The memory that accelerators have in flight, until the cores order it by a fence or by asking the accelerator: passing time alone does not end it,
 * because a program that is right by luck is not right. A core that loads what is being written, or stores into what is being read or written, is reported.
 */
export class InFlight {
  /** A byte for each 2^10 bytes of the main memory: 1 where it is written, 2 where it is read. */
  readonly marks: Uint8Array;
  readonly #base: number;
  /** Called when the first flight begins, and when the last one ends. */
  readonly #watch: (some: boolean) => void;
  #flights: Flight[] = [];

  constructor(base: number, marks: Uint8Array, watch: (some: boolean) => void) {
    this.#base = base >>> 0;
    this.marks = marks;
    this.#watch = watch;
  }

  begin(flight: Flight): void {
    if (flight.bytes <= 0) return;
    this.#flights.push(flight);
    this.#mark(flight);
    if (this.#flights.length === 1) this.#watch(true);
  }

  /** Ends all that an accelerator has in flight, or what `ends` says of it. */
  end(by: string, ends: (flight: Flight) => boolean = () => true): void {
    const [before] = [this.#flights];
    this.#flights = before.filter((flight) => flight.by !== by || !ends(flight));
    if (this.#flights.length === before.length) return;
    for (const flight of before) this.#range(flight, (from, to) => this.marks.fill(0, from, to));
    for (const flight of this.#flights) this.#mark(flight);
    if (this.#flights.length === 0) this.#watch(false);
  }

  /** Refuses an access of a core that misses a fence. */
  check(address: number, bytes: number, access: 'load' | 'store'): void {
    for (const flight of this.#flights) {
      if (access === 'load' && flight.access === 'read') continue;
      if (overlaps(flight, address, bytes)) throw new MissingFence(access, address, flight);
    }
  }

  /** Refuses an accelerator's own load of rows that are still being written: nothing orders the two but a fence. */
  checkRows({ address, bytes, rows = 1, stride = bytes }: Pick<Flight, 'address' | 'bytes' | 'rows' | 'stride'>): void {
    for (let row = 0; row < rows; row++) {
      const from = address + row * stride;
      const last = (from + bytes - 1 - this.#base) >>> markShift;
      for (let at = (from - this.#base) >>> markShift; at <= last; at++)
        if ((this.marks[at]! & marks.write) !== 0) {
          this.check(from, bytes, 'load');
          break;
        }
    }
  }

  #mark(flight: Flight): void {
    this.#range(flight, (from, to) => {
      for (let at = from; at < to; at++) this.marks[at]! |= marks[flight.access];
    });
  }

  /** The marks of a flight; an access of 8 bytes that begins before it may reach into it. */
  #range({ address, bytes, rows = 1, stride = bytes }: Flight, action: (from: number, to: number) => void): void {
    const first = (address >>> 0) - this.#base;
    const sparse = stride >= 2 ** markShift;
    for (let row = 0; row < (sparse ? rows : 1); row++) {
      const from = first + row * stride;
      const length = sparse ? bytes : (rows - 1) * stride + bytes;
      action(Math.max(0, from - 7) >>> markShift, Math.min(this.marks.length, (from + length - 1 + 2 ** markShift) >>> markShift));
    }
  }
}
