import type { Gemmini } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { functs } from '../../../src/simulator/devices/gemmini/operands.ts';
import type { AcceleratorContext } from '../../../src/simulator/machine.ts';
import { InFlight, type MissingFence, markShift } from '../../../src/simulator/riscv/in-flight.ts';

export const base = 0x8000_0000;

const end = (miss: MissingFence): never => {
  throw miss;
};

/** Main memory, and what an accelerator finds in it. */
export function makeContext(
  size = 1 << 20,
  refuse: AcceleratorContext['refuse'] = end,
): { readonly memory: Uint8Array; readonly context: AcceleratorContext } {
  const own = 1 << 22;
  const linear = new WebAssembly.Memory({ initial: (size + own) >> 16 });
  const memory = new Uint8Array(linear.buffer, 0, size);
  const inFlight = new InFlight(base, new Uint8Array(size >> markShift), () => {});
  const context: AcceleratorContext = {
    name: 'gemmini',
    memory: { base, bytes: memory },
    inFlight,
    refuse,
    access: (cycle) => cycle,
    caches: () => undefined,
    linear: { memory: linear, at: size, bytes: own },
    agent: () => ({ core: 0, cycle: 0 }),
    wake: () => {},
  };
  return { memory, context };
}

const float = new DataView(new ArrayBuffer(4));
export function bitsOf(value: number): number {
  float.setFloat32(0, value);
  return float.getInt32(0);
}

/** A matrix in a local memory, as commands have it. */
export interface Place {
  readonly local: number;
  readonly rows: number;
  readonly cols: number;
}
export const noPlace = (rows = 16, cols = 16): Place => ({ local: -1, rows, cols });
export const sums = (row: number, { accumulate = false, full = false } = {}): number =>
  row | 0x8000_0000 | (accumulate ? 0x4000_0000 : 0) | (full ? 0x2000_0000 : 0) | 0;

/** Gives a Gemmini, or what takes its commands in its place, commands, one each cycle. */
export class Driver {
  readonly gemmini: Pick<Gemmini, 'command' | 'fence'>;
  cycle = 0;

  constructor(gemmini: Pick<Gemmini, 'command' | 'fence'>) {
    this.gemmini = gemmini;
  }

  give(funct: number, rs1: readonly [number, number], rs2: readonly [number, number]): number {
    const reply = { low: 0, high: 0 };
    const command = { funct, rs1: rs1[0] | 0, rs1High: rs1[1] | 0, rs2: rs2[0] | 0, rs2High: rs2[1] | 0 };
    this.cycle = this.gemmini.command(this.cycle, command, reply) + 1;
    return reply.low;
  }

  fence(): void {
    this.cycle = this.gemmini.fence(this.cycle);
  }

  configureLoad(which: number, stride: number, { scale = 1, blockStride = 16, shrunk = false, pixels = 1 } = {}): void {
    this.give(functs.configure, [1 | (shrunk ? 4 : 0) | (which << 3) | (pixels << 8) | (blockStride << 16), bitsOf(scale)], [stride, 0]);
  }
  configureStore(stride: number, { scale = 1, relu = false, pool = [0, 0] as readonly [number, number] } = {}): void {
    this.give(functs.configure, [2 | (relu ? 4 : 0) | pool[0], pool[1]], [stride, bitsOf(scale)]);
  }
  configureExecute({ weightStationary = true, a = false, b = false, strideA = 1, strideC = 1, shift = 0, relu = false } = {}): void {
    const flags = (weightStationary ? 4 : 0) | (relu ? 8 : 0) | (a ? 1 << 8 : 0) | (b ? 1 << 9 : 0);
    this.give(functs.configure, [flags | (strideA << 16), bitsOf(1)], [shift, strideC << 16]);
  }
  load(which: 0 | 1 | 2, offset: number | undefined, to: Place): void {
    const funct = [functs.load, functs.load2, functs.load3][which]!;
    this.give(funct, [offset === undefined ? 0 : base + offset, 0], word(to));
  }
  store(offset: number, from: Place): void {
    this.give(functs.store, [base + offset, 0], word(from));
  }
  preload(bd: Place, c: Place): void {
    this.give(functs.preload, word(bd), word(c));
  }
  compute(preloaded: boolean, a: Place, bd: Place): void {
    this.give(preloaded ? functs.computePreloaded : functs.computeAccumulated, word(a), word(bd));
  }
}
const word = ({ local, rows, cols }: Place): readonly [number, number] => [local, (rows << 16) | cols];

/** Numbers that are the same in every run. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Bytes from -128 to 127, the extremes among them often. */
export const randomBytes = (count: number, next: () => number): Int8Array =>
  Int8Array.from({ length: count }, () => (next() < 0.2 ? (next() < 0.5 ? -128 : 127) : Math.floor(next() * 256) - 128));
