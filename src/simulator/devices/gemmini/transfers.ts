import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { LineCaches } from '../../riscv/accelerator.ts';
import { Reservations, Room } from './reservations.ts';

/** Rows in the main memory, by their offset there. */
export interface Rows {
  readonly offset: number;
  readonly rows: number;
  readonly rowBytes: number;
  readonly stride: number;
}

/** Lines that are on their way from memory, by their low bits. */
const lines = 256;

/**
 * The way to the memory: a channel for requests and data that is written, one for data that is read and for what acknowledges writes, the shared cache with
 * room for some misses, and the memory behind it. Loads and stores share all of it.
 */
export class Transfers {
  readonly #declaration: GemminiDeclaration;
  readonly #caches: () => LineCaches | undefined;
  readonly #requests = new Reservations();
  readonly #data = new Reservations();
  readonly #memory = new Reservations();
  readonly #misses: Room;
  readonly #reads: Room;
  readonly #writes: Room;
  readonly #coming = new Float64Array(lines);
  readonly #comingLine = new Int32Array(lines).fill(-1);
  #translated = false;
  /** A line that the core had changed is there no sooner. */
  #probed = 0;

  constructor(declaration: GemminiDeclaration, caches: () => LineCaches | undefined) {
    const { requests, writes, misses } = declaration.timing;
    this.#declaration = declaration;
    this.#caches = caches;
    this.#misses = new Room(misses);
    this.#reads = new Room(requests);
    this.#writes = new Room(writes);
  }

  /** The next transfer has to look up its page again. */
  forgetPages(): void {
    this.#translated = false;
  }

  /**
   * Reads rows from a cycle on: when the last request was made, and when the last data is there. `arrived` is told of each block of `busBytes`, with its row,
   * and returns when it is stored.
   */
  read(cycle: number, { offset, rows, rowBytes, stride }: Rows, arrived: (cycle: number, row: number, block: number) => number): Span {
    const { busBytes } = this.#declaration.timing;
    let [at, last, stored] = [this.#translate(cycle), cycle, cycle];
    for (let row = 0; row < rows; row++) {
      const from = offset + row * stride;
      let block = 0;
      for (let done = 0; done < rowBytes; ) {
        const size = this.#requestSize(from + done, rowBytes - done);
        const start = Math.floor((from + done) / size) * size;
        if (done > 0) last = this.#data.reserve(last);
        at = this.#requests.reserve(Math.max(at, this.#reads.free));
        const ready = this.#line(at, start, false, false);
        const useful = Math.min(rowBytes - done, start + size - from - done);
        for (let beat = 0; beat < size; beat += busBytes) {
          last = this.#data.reserve(Math.max(ready, last));
          if (beat < useful) stored = Math.max(stored, arrived(last, row, block++));
        }
        this.#reads.enter(last);
        done += useful;
        at++;
      }
    }
    return { requested: at, end: Math.max(last, stored) };
  }

  /** Writes rows from a cycle on, each of which takes so many cycles to be read out, from when it is readable on. */
  write(
    cycle: number,
    { offset, rows, rowBytes, stride }: Rows,
    cyclesOfRow: number,
    readable: (cycle: number) => number = (at) => at,
  ): Span {
    const { busBytes, fullLine, hit } = this.#declaration.timing;
    const { lineBytes } = this.#caches() ?? { lineBytes: 64 };
    let [at, last] = [this.#translate(cycle), cycle];
    for (let row = 0; row < rows; row++) {
      const from = offset + row * stride;
      at = readable(Math.max(at, this.#writes.free));
      let [sent, end] = [at, at];
      for (let done = 0; done < rowBytes; ) {
        const bytes = Math.min(rowBytes - done, lineBytes - ((from + done) % lineBytes));
        for (let beat = 0; beat < bytes; beat += busBytes) sent = this.#requests.reserve(sent);
        const whole = bytes === lineBytes;
        const before = this.#missed;
        end = this.#data.reserve(this.#line(sent, from + done, true, whole));
        if (whole && this.#missed > before) sent = Math.max(sent, at + fullLine - 1);
        done += bytes;
      }
      this.#writes.enter(end);
      last = Math.max(last, end - hit, at + Math.ceil(rowBytes / busBytes));
      at = Math.max(at + cyclesOfRow, sent + 1);
    }
    return { requested: at, end: last };
  }

  #missed = 0;

  #translate(cycle: number): number {
    const wait = this.#translated ? 0 : this.#declaration.timing.translation;
    this.#translated = true;
    return Math.ceil(cycle) + wait;
  }

  /** The aligned power of two that covers most of what is left, the least such. */
  #requestSize(from: number, left: number): number {
    const { timing, maxBytes } = this.#declaration;
    if (left >= maxBytes && from % maxBytes === 0) return maxBytes;
    if (left <= timing.busBytes && (from % timing.busBytes) + left <= timing.busBytes) return timing.busBytes;
    let [best, covered] = [timing.busBytes, 0];
    for (let size = timing.busBytes; size <= maxBytes; size *= 2) {
      const bytes = Math.min(left, size - (from % size));
      if (bytes > covered) [best, covered] = [size, bytes];
    }
    return best;
  }

  /** The cycle in which the shared cache answers a request of a cycle. */
  #line(cycle: number, offset: number, write: boolean, whole: boolean): number {
    const { hit, miss, writeMiss, missLasts, memoryBytes, dirty } = this.#declaration.timing;
    const caches = this.#caches();
    if (caches === undefined) return cycle + hit;
    const line = Math.floor(offset / caches.lineBytes);
    const found = write ? caches.writeLine(line) : caches.readLine(line);
    const slot = line % lines;
    if (found === 'miss') this.#missed++;
    if (found === 'miss' && !whole) {
      const begins = this.#memory.reserveRun(Math.max(cycle, this.#misses.free), caches.lineBytes / memoryBytes);
      this.#misses.enter(begins + caches.memoryLatency + missLasts);
      this.#comingLine[slot] = line;
      this.#coming[slot] = begins + hit + (write ? 2 * caches.memoryLatency + writeMiss : caches.memoryLatency + miss);
    }
    if (found === 'dirty') {
      this.#probed = Math.max(cycle + hit, this.#probed + (write ? 0 : caches.lineBytes / this.#declaration.timing.busBytes)) + dirty;
      return this.#probed;
    }
    const ready = this.#comingLine[slot] === line ? this.#coming[slot]! : 0;
    return Math.max(cycle + hit, ready);
  }
}

export interface Span {
  readonly requested: number;
  readonly end: number;
}
