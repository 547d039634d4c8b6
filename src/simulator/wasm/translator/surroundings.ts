import type { Core } from '../../riscv/core.ts';
import { type Expr, getGlobal, i32 } from '../expression.ts';
import type { EmittedTiming } from './timing.ts';

/** What all regions of one image have in common. */
export interface Surroundings {
  readonly xlen: 32 | 64;
  /** The main memory: its guest address, its size and its place in the linear memory, in bytes. */
  readonly base: number;
  readonly size: number;
  readonly ram: number;
  /** Stores to these offsets of the main memory go to devices. */
  readonly covered: { readonly from: number; readonly bytes: number } | undefined;
  /** Other cores share the memory: their reservations are in the core's area. */
  readonly shared: boolean;
  /** Where the marks of the memory that accelerators have in flight lie in the linear memory, and the value of those that count. */
  readonly marks: { readonly at: number; readonly current: number } | undefined;
  readonly misalignedTraps: boolean;
  /** Bits of an instruction's address that must be 0. */
  readonly targetMask: number;
  readonly floatsInX: boolean;
  /** The base of the core's own area in the linear memory. */
  readonly area: () => Expr<'i32'>;
  readonly timing: EmittedTiming | undefined;
}

/**
 * What the code of a core may take for granted. The base of its area is the constant 0 for the only core of a machine, and an imported global where
 * several cores share a module: a load from the instance for each function that is called, because V8 compiles a module once for all its instances.
 */
export function surroundingsOf(core: Core, timing: EmittedTiming | undefined, shared: boolean): Surroundings {
  const { base, bytes } = core.bus.main;
  const devices = core.bus.covered.map((device) => ({ from: (device.base - base) >>> 0, to: ((device.base - base) >>> 0) + device.size }));
  const from = Math.min(...devices.map((device) => device.from)) - 7;
  return {
    xlen: core.xlen,
    base: base >>> 0,
    size: bytes.length,
    ram: bytes.byteOffset,
    covered: devices.length === 0 ? undefined : { from, bytes: Math.max(...devices.map((device) => device.to)) - from },
    shared,
    marks: core.inFlight && { at: core.inFlight.marks.byteOffset, current: core.inFlight.current.byteOffset },
    misalignedTraps: core.misalignedTraps,
    targetMask: core.extensions.includes('c') ? 0 : 2,
    floatsInX: core.floatsInX,
    area: shared ? () => getGlobal(0) : () => i32.const(0),
    timing,
  };
}
