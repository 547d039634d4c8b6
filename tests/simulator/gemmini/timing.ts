import { gemminiMachine } from '../../../src/hardware/gemmini.ts';
import type { EngineName } from '../../../src/simulator/machine.ts';
import { type Measured, measureRaw } from '../timing/program.ts';

/** A command with its operands in registers. */
export const command = (funct: number, rs1 = 'x0', rs2 = 'x0'): string => `.insn r 0x7b, 3, ${funct}, x0, ${rs1}, ${rs2}`;
const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;
/** A command with constant operands. */
export const constant = (funct: number, rs1: bigint, rs2: bigint): string =>
  `li t0, ${hex(rs1)}\nli t1, ${hex(rs2)}\n${command(funct, 't0', 't1')}`;
const one = 0x3f80_0000n << 32n;

export const configureExecute = ({ weightStationary = true, a = false, b = false, strideA = 1 } = {}): string =>
  constant(0, one | (BigInt(strideA) << 16n) | (weightStationary ? 4n : 0n) | (a ? 1n << 8n : 0n) | (b ? 1n << 9n : 0n), 1n << 48n);
export const configureLoad = (stride: number, which = 0, shrunk = false): string =>
  constant(0, one | (16n << 16n) | (1n << 8n) | BigInt(which << 3) | (shrunk ? 4n : 0n) | 1n, BigInt(stride));
export const configureStore = (stride: number, pool = 0n): string => constant(0, 2n | pool, one | BigInt(stride));

/** An operand word. */
export const word = (local: number, rows = 16, cols = 16): bigint => (BigInt(rows) << 48n) | (BigInt(cols) << 32n) | BigInt(local >>> 0);
export const nowhere = 0xffff_ffff;
export const sums = (row: number, accumulate = false, full = false): number =>
  (0x8000_0000 | (accumulate ? 0x4000_0000 : 0) | (full ? 0x2000_0000 : 0) | row) >>> 0;

export const fence = 'fence';
/** Loads of constants, before what is measured. */
export const registers = (values: { readonly [register: string]: bigint | number }): string =>
  Object.entries(values)
    .map(([register, value]) => `li ${register}, ${hex(BigInt(value))}`)
    .join('\n');
export const repeat = (count: number, text: string): string => `.rept ${count}\n${text}\n.endr`;

/** What stands between two rdcycle beside the measured code: the RTL has 2 for a fence that waits for nothing. */
const overhead = 2;

/** Cycles of each row. */
export const measure = (elf: Uint8Array, rows: readonly Measured[], latency: number, engine: EngineName): number[] =>
  measureRaw(elf, rows, latency, { machine: gemminiMachine, engine }).map((cycles) => cycles - overhead);
