import { registerNames } from './fault.ts';
import type { Core } from './riscv/core.ts';
import { accessCsr } from './riscv/csr.ts';
import { Trap } from './riscv/trap.ts';

/** The address of the next instruction. */
export const readPc = ({ pc, pcHigh }: Core): number => (pcHigh >>> 0) * 2 ** 32 + (pc >>> 0);

export function writePc(core: Core, address: number): void {
  core.pc = address | 0;
  core.pcHigh = Math.floor(address / 2 ** 32) | 0;
}

/** An x register by its number or its ABI name. */
export const readRegister = (core: Core, register: number | string): bigint => core.readBig(core.source(numberOf(register)));

export const writeRegister = (core: Core, register: number | string, value: bigint): void =>
  core.writeBig(core.destination(numberOf(register)), value);

function numberOf(register: number | string): number {
  const number =
    typeof register === 'number' ? register : /^x\d+$/.test(register) ? Number(register.slice(1)) : registerNames.indexOf(register);
  if (!(number >= 0 && number < 32)) throw new RangeError(`there is no register ${register}`);
  return number;
}

/** The 64 bits of an f register, in which a single has ones above it. With Zfinx there are none: 0. */
export function readFloatRegister({ f, floatsInX }: Core, register: number): bigint {
  const word = (at: number): bigint => BigInt((floatsInX ? 0 : f[at]!) >>> 0);
  return (word(2 * register + 1) << 32n) | word(2 * register);
}

export function writeFloatRegister({ f, floatsInX }: Core, register: number, bits: bigint): void {
  if (!floatsInX) f.set([Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n))], 2 * register);
}

/** A control and status register as machine mode sees it, by its number; undefined where there is none. */
export const readCsr = (core: Core, number: number): bigint | undefined => inMachineMode(core, () => accessCsr(core, number, undefined));

/** False where there is no such register, or it cannot be written. */
export const writeCsr = (core: Core, number: number, value: bigint): boolean =>
  inMachineMode(core, () => accessCsr(core, number, () => value)) !== undefined;

function inMachineMode<T>(core: Core, access: () => T): T | undefined {
  const { mode } = core;
  core.mode = 3;
  try {
    return access();
  } catch (error) {
    if (error instanceof Trap) return undefined;
    throw error;
  } finally {
    core.mode = mode;
  }
}
