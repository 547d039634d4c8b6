import type { Device } from '../riscv/memory.ts';

/** What the CLINT asks of the cores' machine. A core is named by its number, mhartid. */
export interface ClintWiring {
  /** Ticks since the start: mtime before a program wrote it. */
  readonly ticks: () => number;
  /** Sets or clears a core's pending software interrupt. */
  readonly software: (core: number, pending: boolean) => void;
  /** A core's timer interrupt is pending from this tick on (Infinity: never). */
  readonly timer: (core: number, tick: number) => void;
}

const compareBase = 0x4000;
const timeBase = 0xbff8;

/**
 * The core-local interruptor: msip at 4 * core, mtimecmp at 0x4000 + 8 * core, mtime at 0xbff8. A core's timer interrupt is pending while
 * mtime >= mtimecmp. Source: SiFive FU540-C000 manual, chapter 9; RISC-V ACLINT specification.
 */
export class Clint implements Device {
  readonly #wiring: ClintWiring;
  readonly #software: Uint32Array;
  /** Low and high word of mtimecmp, core after core. */
  readonly #compare: Uint32Array;
  /** What a program added to mtime by writing it, in ticks. */
  #offset = 0;

  constructor(cores: number, wiring: ClintWiring) {
    this.#wiring = wiring;
    this.#software = new Uint32Array(cores);
    this.#compare = new Uint32Array(2 * cores).fill(0xffff_ffff);
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    const word = this.#word(offset & ~3);
    const shifted = word >>> (8 * (offset & 3));
    return bytes === 4 ? word : shifted & (2 ** (8 * bytes) - 1);
  }

  write(offset: number, bytes: 1 | 2 | 4, value: number): boolean {
    if (bytes !== 4) return false;
    const word = offset >>> 2;
    const compare = (offset - compareBase) >> 2;
    if (word < this.#software.length) {
      this.#software[word] = value & 1;
      this.#wiring.software(word, (value & 1) === 1);
    } else if (compare >= 0 && compare < this.#compare.length) {
      this.#compare[compare] = value;
      this.#arm(compare >> 1);
    } else if (offset === timeBase || offset === timeBase + 4) this.#setTime(offset === timeBase, value >>> 0);
    return true;
  }

  #time(): number {
    return this.#wiring.ticks() + this.#offset;
  }

  #word(offset: number): number {
    if (offset === timeBase) return this.#time() >>> 0;
    if (offset === timeBase + 4) return Math.floor(this.#time() / 2 ** 32) >>> 0;
    const compare = (offset - compareBase) >> 2;
    return this.#software[offset >> 2] ?? this.#compare[compare] ?? 0;
  }

  #setTime(low: boolean, value: number): void {
    const time = this.#time();
    const high = Math.floor(time / 2 ** 32);
    const next = low ? high * 2 ** 32 + value : value * 2 ** 32 + (time % 2 ** 32);
    this.#offset += next - time;
    for (let core = 0; core < this.#software.length; core++) this.#arm(core);
  }

  #arm(core: number): void {
    const high = this.#compare[2 * core + 1]!;
    const tick = high * 2 ** 32 + this.#compare[2 * core]! - this.#offset;
    this.#wiring.timer(core, tick >= 2 ** 53 ? Number.POSITIVE_INFINITY : tick);
  }
}
