import type { Core } from './core.ts';
import type { Mode } from './state.ts';

/** A control and status register. Values are of the hart's width. A register without `write` keeps what it has (WARL). */
interface Csr {
  readonly read: (core: Core) => bigint;
  readonly write?: (core: Core, value: bigint) => void;
  /** Whether it is there on this hart and in its present state. */
  readonly exists?: (core: Core) => boolean;
}

/** Bits of mstatus. */
export const status = { mie: 1 << 3, mpie: 1 << 7, mpp: 3 << 11, fs: 3 << 13, mprv: 1 << 17, tw: 1 << 21 } as const;
export const hasFloats = (core: Core): boolean => core.extensions.includes('f');

const low = (value: bigint): number => Number(BigInt.asIntN(32, value));
const only32 = (core: Core): boolean => core.xlen === 32;
const zero: Csr = { read: () => 0n };

const stored = (number: number, mask: (core: Core) => bigint = () => -1n): Csr => ({
  read: (core) => core.csrs.get(number) ?? 0n,
  write: (core, value) => core.csrs.set(number, BigInt.asUintN(core.xlen, value & mask(core))),
});

/** FS is off or dirty: a hart may call every state that is not off dirty. */
function readStatus(core: Core): bigint {
  const dirty = (core.status & status.fs) !== 0 ? 1n << BigInt(core.xlen - 1) : 0n;
  return BigInt(core.status >>> 0) | dirty | (core.xlen === 64 ? 2n << 32n : 0n);
}
function writeStatus(core: Core, value: bigint): void {
  const bits = low(value);
  const mpp = (bits & status.mpp) === status.mpp ? status.mpp : (bits & status.mpp) === 0 ? 0 : core.status & status.mpp;
  const fs = hasFloats(core) && (bits & status.fs) !== 0 ? status.fs : 0;
  if (fs !== (core.status & status.fs)) core.codeVersion++;
  core.status = (bits & (status.mie | status.mpie | status.mprv | status.tw)) | mpp | fs;
}

/** Letter a is bit 0; the width is in the top two bits. The U bit says that user mode exists. */
const readIsa = (core: Core): bigint =>
  [...core.extensions, 'u'].reduce((bits, letter) => bits | (1n << BigInt(letter.charCodeAt(0) - 97)), 0n) |
  (core.xlen === 64 ? 2n << 62n : 1n << 30n);

const cycles: Csr = {
  read: (core) => BigInt.asUintN(64, BigInt(core.cycle) + core.cycleOffset),
  write: (core, value) => {
    core.cycleOffset = value - BigInt(core.cycle + 1);
  },
};
/** What is written is what the following instruction reads: the write itself does not count. */
const instructions: Csr = {
  read: (core) => BigInt.asUintN(64, BigInt(core.instret) + core.instretOffset),
  write: (core, value) => {
    core.instretOffset = value - BigInt(core.instret + 1);
  },
};
/** mhpmevent: what counter i counts, from this write on. What the counter has so far stays. */
const event = (i: number): Csr => ({
  read: (core) => core.csrs.get(0x323 + i) ?? 0n,
  write: (core, value) => {
    if (core.events === undefined) return;
    const counted = eventCounter(i).read(core);
    core.csrs.set(0x323 + i, value);
    eventCounter(i).write?.(core, counted);
  },
});
/** mhpmcounter: what is stored is the distance from all events that there ever were. */
const eventCounter = (i: number): Csr => {
  const counted = (core: Core): bigint => core.events?.(core.csrs.get(0x323 + i) ?? 0n) ?? 0n;
  return {
    read: (core) => BigInt.asUintN(64, (core.csrs.get(0xb03 + i) ?? 0n) + counted(core)),
    write: (core, value) => {
      if (core.events !== undefined) core.csrs.set(0xb03 + i, value - counted(core));
    },
  };
};
const time: Csr = { read: (core) => BigInt.asUintN(64, core.clock()) };

/** The low word or the whole of a counter, and on RV32 its high word. */
const lowHalf = (counter: Csr): Csr => ({
  read: (core) => BigInt.asUintN(core.xlen, counter.read(core)),
  write: (core, value) => counter.write?.(core, core.xlen === 64 ? value : (counter.read(core) & (0xffffffffn << 32n)) | value),
});
const highHalf = (counter: Csr): Csr => ({
  exists: only32,
  read: (core) => counter.read(core) >> 32n,
  write: (core, value) => counter.write?.(core, (counter.read(core) & 0xffffffffn) | (value << 32n)),
});
/** User mode sees a counter that mcounteren opens. */
const opened = (bit: number, counter: Csr): Csr => ({
  read: counter.read,
  exists: (core) => (counter.exists?.(core) ?? true) && (core.mode === 3 || ((core.csrs.get(0x306) ?? 0n) & (1n << BigInt(bit))) !== 0n),
});

const floatControl = (read: (core: Core) => number, write: (core: Core, value: number) => void): Csr => ({
  exists: (core) => core.floatsInX || (core.status & status.fs) !== 0,
  read: (core) => BigInt(read(core)),
  write: (core, value) => write(core, low(value)),
});

const range = (first: number, count: number, csr: (i: number) => Csr): [number, Csr][] =>
  Array.from({ length: count }, (_, i) => [first + i, csr(i)]);

/** Start, end and count of a hardware loop. */
const loop = (id: number): [number, Csr][] =>
  range(0x7c0 + 4 * id, 3, (i) => ({
    exists: (core) => core.extensions.includes('x'),
    read: (core) => BigInt(core.loops[3 * id + i]! >>> 0),
    write: (core, value) => core.setLoop(id, i as 0 | 1 | 2, low(value)),
  }));

const registers = new Map<number, Csr>([
  [
    0x001,
    floatControl(
      (core) => core.flags,
      (core, value) => {
        core.flags = value & 31;
      },
    ),
  ],
  [
    0x002,
    floatControl(
      (core) => core.rounding,
      (core, value) => {
        core.rounding = value & 7;
      },
    ),
  ],
  [
    0x003,
    floatControl(
      (core) => (core.rounding << 5) | core.flags,
      (core, value) => {
        core.flags = value & 31;
        core.rounding = (value >> 5) & 7;
      },
    ),
  ],
  [0x300, { read: readStatus, write: writeStatus }],
  [0x301, { read: readIsa, write: () => {} }],
  [
    0x304,
    {
      read: (core) => BigInt(core.enabled),
      write: (core, value) => {
        core.enabled = low(value) & 0x888;
      },
    },
  ],
  [0x305, stored(0x305, () => ~2n)],
  [0x306, stored(0x306, () => 0xffffffffn)],
  [0x30a, zero],
  [0x310, { ...zero, exists: only32 }],
  [0x31a, { ...zero, exists: only32 }],
  [0x320, zero],
  ...range(0x323, 29, event),
  [0x340, stored(0x340)],
  [0x341, stored(0x341, (core) => (core.extensions.includes('c') ? ~1n : ~3n))],
  [0x342, stored(0x342)],
  [0x343, stored(0x343)],
  [0x344, { read: (core) => BigInt(core.pending), write: () => {} }],
  ...range(0x3a0, 16, (i) => ({ ...zero, exists: (core) => core.xlen === 32 || i % 2 === 0 })),
  ...range(0x3b0, 64, () => zero),
  ...loop(0),
  ...loop(1),
  [0xb00, lowHalf(cycles)],
  [0xb02, lowHalf(instructions)],
  ...range(0xb03, 29, (i) => lowHalf(eventCounter(i))),
  [0xb80, highHalf(cycles)],
  [0xb82, highHalf(instructions)],
  ...range(0xb83, 29, (i) => highHalf(eventCounter(i))),
  [0xc00, opened(0, lowHalf(cycles))],
  [0xc01, opened(1, lowHalf(time))],
  [0xc02, opened(2, lowHalf(instructions))],
  ...range(0xc03, 29, (i) => opened(3 + i, lowHalf(eventCounter(i)))),
  [0xc80, opened(0, highHalf(cycles))],
  [0xc81, opened(1, highHalf(time))],
  [0xc82, opened(2, highHalf(instructions))],
  ...range(0xc83, 29, (i) => opened(3 + i, highHalf(eventCounter(i)))),
  [0xf11, zero],
  [0xf12, zero],
  [0xf13, zero],
  [0xf14, { read: (core) => BigInt(core.hart) }],
  [0xf15, zero],
]);

/** Bits 9 and 8 of the number are the lowest mode that may access it; 3 in bits 11 and 10 says read-only. */
function access(core: Core, number: number, writes: boolean): Csr {
  const csr = registers.get(number);
  const allowed = core.mode >= ((number >> 8) & 3) && !(writes && number >> 10 === 3);
  if (csr === undefined || !allowed || !(csr.exists?.(core) ?? true)) return core.trap('illegal instruction');
  return csr;
}

/**
 * A CSR instruction: reads, then writes what `change` makes of it. `undefined` instead of a change leaves the register alone; a read whose value nobody
 * wants is harmless here, because no CSR has a side effect of reading.
 */
export function accessCsr(core: Core, number: number, change: ((value: bigint) => bigint) | undefined): bigint {
  const csr = access(core, number, change !== undefined);
  const value = csr.read(core);
  if (change !== undefined) csr.write?.(core, BigInt.asUintN(core.xlen, change(value)));
  return value;
}

/** Saves mode and interrupt enable on the stack of mstatus and goes to machine mode. */
export function pushMode(core: Core): void {
  const mpie = (core.status & status.mie) !== 0 ? status.mpie : 0;
  core.status = (core.status & ~(status.mie | status.mpie | status.mpp)) | mpie | (core.mode << 11);
  core.mode = 3;
}
/** mret: the reverse; the mode that is left behind is user mode. */
export function popMode(core: Core): void {
  const mode: Mode = (core.status & status.mpp) === status.mpp ? 3 : 0;
  const mie = (core.status & status.mpie) !== 0 ? status.mie : 0;
  const mprv = mode === 3 ? core.status & status.mprv : 0;
  core.status = (core.status & ~(status.mie | status.mpp | status.mprv)) | mie | status.mpie | mprv;
  core.mode = mode;
}
