import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { LineCaches } from '../../riscv/accelerator.ts';
import { Reservations, Room } from './reservations.ts';

/** Lines that are on their way from memory, by their low bits. */
const lines = 256;

/** Where blocks of a load are stored as they arrive: in the banks of the scratchpad, or where there is nothing to wait for. */
export interface Landing {
  /** The cycle in which a block of `busBytes` of a row is stored that arrives in `cycle`. */
  land(cycle: number, row: number, block: number): number;
  /** The same of blocks that arrive one each cycle: that of the last one. */
  landAll(cycle: number, row: number, block: number, count: number): number;
}
/** What a store reads before it sends it. */
export interface Source {
  /** The cycle in which a row is readable, at or after `cycle`. */
  readable(cycle: number): number;
}

/**
 * The way to the memory: a channel for requests and data that is written, one for data that is read and for what acknowledges writes, the shared cache with
 * room for some misses, and the memory behind it. Loads and stores share all of it.
 */
export class Transfers {
  readonly #timing: GemminiDeclaration['timing'];
  readonly #maxBytes: number;
  readonly #cachesOf: () => LineCaches | undefined;
  #caches: LineCaches | undefined;
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
  /** The line that this transfer asked for last: the shared cache has it, and the core has not changed it since. */
  #last = -1;
  #missed = 0;
  /** Of the last transfer: when its last request was made, behind it, and when the last data was there. */
  requested = 0;
  end = 0;

  constructor({ timing, maxBytes }: GemminiDeclaration, caches: () => LineCaches | undefined) {
    const { requests, writes, misses } = timing;
    this.#timing = timing;
    this.#maxBytes = maxBytes;
    this.#cachesOf = caches;
    this.#misses = new Room(misses);
    this.#reads = new Room(requests);
    this.#writes = new Room(writes);
  }

  /** The next transfer has to look up its page again. */
  forgetPages(): void {
    this.#translated = false;
  }

  /** Reads rows of the main memory, by their offset there, from a cycle on. */
  read(cycle: number, offset: number, rows: number, rowBytes: number, stride: number, landing: Landing): void {
    const { busBytes } = this.#timing;
    this.#begin();
    let at = this.#translate(cycle);
    let last = cycle;
    let stored = cycle;
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
        const beats = Math.ceil(size / busBytes);
        const first = useful > size - busBytes ? this.#data.reserveStream(Math.max(ready, last), beats) : undefined;
        if (first !== undefined) {
          last = first + beats - 1;
          stored = Math.max(stored, landing.landAll(first, row, block, beats));
          block += beats;
        } else
          for (let beat = 0; beat < size; beat += busBytes) {
            last = this.#data.reserve(Math.max(ready, last));
            if (beat < useful) stored = Math.max(stored, landing.land(last, row, block++));
          }
        this.#reads.enter(last);
        done += useful;
        at++;
      }
    }
    this.requested = at;
    this.end = Math.max(last, stored);
  }

  /** Writes rows from a cycle on, each of which takes so many cycles to be read out, from when it is readable on. */
  write(cycle: number, offset: number, rows: number, rowBytes: number, stride: number, cyclesOfRow: number, source: Source): void {
    const { busBytes, fullLine, hit } = this.#timing;
    this.#begin();
    const lineBytes = this.#caches?.lineBytes ?? 64;
    let at = this.#translate(cycle);
    let last = cycle;
    for (let row = 0; row < rows; row++) {
      const from = offset + row * stride;
      at = source.readable(Math.max(at, this.#writes.free));
      let sent = at;
      let end = at;
      for (let done = 0; done < rowBytes; ) {
        const bytes = Math.min(rowBytes - done, lineBytes - ((from + done) % lineBytes));
        const beats = Math.ceil(bytes / busBytes);
        const first = this.#requests.reserveStream(sent, beats);
        if (first !== undefined) sent = first + beats - 1;
        else for (let beat = 0; beat < beats; beat++) sent = this.#requests.reserve(sent);
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
    this.requested = at;
    this.end = last;
  }

  #begin(): void {
    this.#caches = this.#cachesOf();
    this.#last = -1;
  }

  #translate(cycle: number): number {
    const wait = this.#translated ? 0 : this.#timing.translation;
    this.#translated = true;
    return Math.ceil(cycle) + wait;
  }

  /** The aligned power of two that covers most of what is left, the least such. */
  #requestSize(from: number, left: number): number {
    const { busBytes } = this.#timing;
    const maxBytes = this.#maxBytes;
    if (left >= maxBytes && from % maxBytes === 0) return maxBytes;
    if (left <= busBytes && (from % busBytes) + left <= busBytes) return busBytes;
    let best = busBytes;
    let covered = 0;
    for (let size = busBytes; size <= maxBytes; size *= 2) {
      const bytes = Math.min(left, size - (from % size));
      if (bytes > covered) {
        best = size;
        covered = bytes;
      }
    }
    return best;
  }

  /** The cycle in which the shared cache answers a request of a cycle. */
  #line(cycle: number, offset: number, write: boolean, whole: boolean): number {
    const { hit, miss, writeMiss, missLasts, memoryBytes, dirty, busBytes } = this.#timing;
    const caches = this.#caches;
    if (caches === undefined) return cycle + hit;
    const line = Math.floor(offset / caches.lineBytes);
    const found = line === this.#last ? 'hit' : write ? caches.writeLine(line) : caches.readLine(line);
    this.#last = line;
    const slot = line % lines;
    if (found === 'miss') this.#missed++;
    if (found === 'miss' && !whole) {
      const begins = this.#memory.reserveRun(Math.max(cycle, this.#misses.free), caches.lineBytes / memoryBytes);
      this.#misses.enter(begins + caches.memoryLatency + missLasts);
      this.#comingLine[slot] = line;
      this.#coming[slot] = begins + hit + (write ? 2 * caches.memoryLatency + writeMiss : caches.memoryLatency + miss);
    }
    if (found === 'dirty') {
      this.#probed = Math.max(cycle + hit, this.#probed + (write ? 0 : caches.lineBytes / busBytes)) + dirty;
      return this.#probed;
    }
    const ready = this.#comingLine[slot] === line ? this.#coming[slot]! : 0;
    return Math.max(cycle + hit, ready);
  }
}
