import { assemble } from '../../../src/simulator/riscv/assemble.ts';
import type { Core } from '../../../src/simulator/riscv/core.ts';
import { Core32 } from '../../../src/simulator/riscv/core32.ts';
import { Core64 } from '../../../src/simulator/riscv/core64.ts';
import { Interpreter } from '../../../src/simulator/riscv/interpreter.ts';
import { Bus } from '../../../src/simulator/riscv/memory.ts';
import { type Profile, profile } from '../../../src/simulator/riscv/profile.ts';

export const base = 0x80000000;

const profiles = new Map<string, Profile>();
function known(isa: string): Profile {
  const found = profiles.get(isa) ?? profile(isa);
  profiles.set(isa, found);
  return found;
}

/** A core with 64 KB of memory at 0x80000000 that runs these lines; traps go to `handler` bytes behind the start. */
export function machine(isa: string, lines: readonly string[], options: { misaligned?: 'ok' | 'trap'; handler?: number } = {}) {
  const { rows, decoder, xlen, extensions, floatsInX } = known(isa);
  const bytes = new Uint8Array(1 << 16);
  const bus = new Bus([{ base, bytes }]);
  let at = 0;
  for (const line of lines) {
    const word = assemble(line, rows);
    bus.view.setUint32(at, word, true);
    at += (word & 3) === 3 ? 4 : 2;
  }
  const setup = { bus, extensions, floatsInX, misaligned: options.misaligned ?? 'ok' };
  const core: Core = xlen === 64 ? new Core64(setup) : new Core32(setup);
  core.pc = base | 0;
  core.csrs.set(0x305, BigInt(base + (options.handler ?? 0x8000)));
  return { core, bus, rows, interpreter: new Interpreter(core, decoder) };
}

export const read = (core: Core, register: number): bigint => core.readBig(core.source(register));
export const write = (core: Core, register: number, value: bigint): void =>
  core.writeBig(core.destination(register), BigInt.asUintN(core.xlen, value));
