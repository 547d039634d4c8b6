import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { LineCaches } from '../../riscv/accelerator.ts';
import { longAgo, Places, Reservations, Room } from './reservations.ts';

/** Lines that are on their way from memory, by their low bits: a power of two. */
const lines = 256;

/** Where blocks of a load are stored as they arrive: in the banks of the scratchpad, or where there is nothing to wait for. */
export interface Landing {
  /** Each block is stored several times, which nothing passes on its way. */
  readonly repeats: boolean;
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
  readonly #sizes: RequestSizes;
  readonly #cachesOf: () => LineCaches | undefined;
  #caches: LineCaches | undefined;
  #lineBytes = 64;
  readonly #requests = new Reservations();
  readonly #data = new Reservations();
  readonly #memory = new Reservations();
  readonly #misses: Places;
  readonly #reads: Room;
  readonly #writes: Room;
  readonly #coming = new Float64Array(lines);
  readonly #comingLine = new Int32Array(lines).fill(-1);
  #translated = false;
  /** A line that the core had changed is there no sooner. */
  #probed = longAgo;
  /** The line that this transfer asked for last: the shared cache has it, and the core has not changed it since. */
  #last = -1;
  #missed = 0;
  /** Of the last transfer: when its last request was made, behind it, and when the last data was there. */
  requested = longAgo;
  end = longAgo;

  constructor({ timing, maxBytes }: GemminiDeclaration, caches: () => LineCaches | undefined) {
    const { requests, writes, misses } = timing;
    this.#timing = timing;
    this.#sizes = new RequestSizes(timing.busBytes, maxBytes);
    this.#cachesOf = caches;
    this.#misses = new Places(misses);
    this.#reads = new Room(requests);
    this.#writes = new Room(writes);
  }

  /** The next transfer has to look up its page again. */
  forgetPages(): void {
    this.#translated = false;
  }

  /**
   * Reads rows of the main memory, by their offset there, from a cycle on. A cycle passes behind a request whose last data are of no use, and between the
   * requests of a row whose blocks are parts of two transfers.
   */
  read(cycle: number, offset: number, rows: number, rowBytes: number, stride: number, landing: Landing): void {
    const { busBytes } = this.#timing;
    this.#begin();
    let at = this.#translate(cycle);
    let last = cycle;
    let stored = cycle;
    let waits = false;
    for (let row = 0; row < rows; row++) {
      const from = offset + row * stride;
      const isSplit = (from & (busBytes - 1)) !== 0;
      let block = 0;
      for (let done = 0; done < rowBytes; ) {
        const size = this.#sizes.of(from + done, rowBytes - done);
        const before = (from + done) & (size - 1);
        if (waits) last = this.#data.reserve(last);
        at = this.#requests.reserve(Math.max(at, this.#reads.free));
        const ready = Math.max(last, this.#answer(at, from + done - before));
        const useful = Math.min(rowBytes - done, size - before);
        const blocks = Math.ceil(useful / busBytes);
        const beats = size / busBytes;
        waits = isSplit ? done + useful < rowBytes : before + useful <= size - busBytes;
        const first = this.#data.reserveStream(ready, beats);
        if (first !== undefined) {
          last = first + beats - 1;
          stored = Math.max(stored, landing.landAll(first, row, block, blocks));
        } else {
          last = ready;
          for (let beat = 0; beat < beats; beat++) {
            last = this.#data.reserve(last);
            if (beat < blocks) stored = Math.max(stored, landing.land(last, row, block + beat));
          }
        }
        if (landing.repeats) last = stored;
        this.#reads.enter(last);
        block += blocks;
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
    const lineBytes = this.#lineBytes;
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
        end = this.#data.reserve(this.#acknowledge(sent, from + done, whole));
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
    const caches = this.#cachesOf();
    if (caches !== this.#caches) {
      this.#caches = caches;
      this.#lineBytes = caches?.lineBytes ?? 64;
    }
    this.#last = -1;
  }

  #translate(cycle: number): number {
    const wait = this.#translated ? 0 : this.#timing.translation;
    this.#translated = true;
    return Math.ceil(cycle) + wait;
  }

  /** The cycle in which the shared cache answers a request to read of a cycle. */
  #answer(cycle: number, offset: number): number {
    const soonest = cycle + this.#timing.hit;
    const caches = this.#caches;
    if (caches === undefined) return soonest;
    const line = Math.floor(offset / this.#lineBytes);
    if (line !== this.#last) {
      this.#last = line;
      const found = caches.readLine(line);
      if (found === 'miss') this.#miss(cycle, line, caches.memoryLatency + this.#timing.miss);
      else if (found === 'dirty') return this.#probe(soonest, this.#lineBytes / this.#timing.busBytes);
    }
    return Math.max(soonest, this.#arrival(line));
  }

  /** The same of a write, of a whole line or a part of it. */
  #acknowledge(cycle: number, offset: number, whole: boolean): number {
    const soonest = cycle + this.#timing.hit;
    const caches = this.#caches;
    if (caches === undefined) return soonest;
    const line = Math.floor(offset / this.#lineBytes);
    if (line !== this.#last) {
      this.#last = line;
      const found = caches.writeLine(line);
      if (found === 'miss') {
        this.#missed++;
        if (!whole) this.#miss(cycle, line, 2 * caches.memoryLatency + this.#timing.writeMiss);
      } else if (found === 'dirty') return this.#probe(soonest, 0);
    }
    return Math.max(soonest, this.#arrival(line));
  }

  /** The shared cache asks the memory for a line. */
  #miss(cycle: number, line: number, longer: number): void {
    const { hit, missLasts, memoryBytes } = this.#timing;
    const lasts = Math.ceil(this.#caches!.memoryLatency + missLasts);
    const beats = this.#lineBytes / memoryBytes;
    let begins = this.#misses.find(cycle, lasts);
    for (let free = begins; ; begins = this.#misses.find(free, lasts)) {
      free = this.#memory.findRun(begins, beats);
      if (free === begins) break;
    }
    this.#memory.take(begins, beats);
    this.#misses.take(begins);
    this.#comingLine[line & (lines - 1)] = line;
    this.#coming[line & (lines - 1)] = begins + hit + longer;
  }

  #arrival(line: number): number {
    const slot = line & (lines - 1);
    return this.#comingLine[slot] === line ? this.#coming[slot]! : 0;
  }

  /** The core has changed the line: it gives it away, one after the other. */
  #probe(cycle: number, apart: number): number {
    this.#probed = Math.max(cycle, this.#probed + apart) + this.#timing.dirty;
    return this.#probed;
  }
}

/** Requests are aligned powers of two: that which covers most of what is left of a row, and the least such. */
class RequestSizes {
  readonly #most: number;
  /** By the address in a request of the greatest size, and the bytes that are left. */
  readonly #sizes: Int32Array;

  constructor(least: number, most: number) {
    this.#most = most;
    this.#sizes = Int32Array.from({ length: most * (most + 1) }, (_, i) => best(least, most, Math.floor(i / (most + 1)), i % (most + 1)));
  }

  of(from: number, left: number): number {
    const most = this.#most;
    return this.#sizes[(from & (most - 1)) * (most + 1) + Math.min(left, most)]!;
  }
}

function best(least: number, most: number, from: number, left: number): number {
  let size = least;
  const covered = (by: number): number => Math.min(left, by - (from % by));
  for (let larger = 2 * least; larger <= most; larger *= 2) if (covered(larger) > covered(size)) size = larger;
  return size;
}
