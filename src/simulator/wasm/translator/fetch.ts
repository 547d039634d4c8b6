import type { Core } from '../../riscv/core.ts';
import { status } from '../../riscv/csr.ts';
import type { Decoder } from '../../riscv/decoder.ts';
import type { Instruction } from './instruction.ts';
import type { Loops } from './loops.ts';

/**
 * The instruction at an address of the main memory, compressed ones expanded. One with a breakpoint is the interpreter's, and so is the last one of a
 * hardware loop that was laid by a CSR write, or that goes elsewhere itself.
 */
export function fetch(core: Core, decoder: Decoder, pc: number, loops: Loops, commands: boolean): Instruction | undefined {
  const { bus } = core;
  const at = pc - (bus.main.base >>> 0);
  const left = bus.main.bytes.length - at;
  if (at < 0 || left < 2) return undefined;
  const low = bus.view.getUint16(at, true);
  if ((low & 3) === 3 && left < 4) return undefined;
  const found = decoder.decode((low & 3) === 3 ? bus.view.getUint32(at, true) : low);
  if (found === undefined) return undefined;
  const { row, operands, bytes } = decoder.expand(found);
  const next = pc + bytes;
  loops.decode(pc, row.lays?.(operands, pc, next));
  const starts = core.loopStarts.get(pc | 0);
  const endsLoop = core.loopEnds.has(pc | 0) && (starts === undefined || row.control !== 'next');
  const suspends = row.control === 'device' && !(commands && core.accelerators.every((each) => !each.suspends));
  const interpreted = endsLoop || suspends || core.breakpoints.has(pc | 0) || (row.cycles.startsWith('float') && !hasFloats(core));
  return { row, operands, pc, next, interpreted, loopStarts: starts && [...starts].map((start) => start >>> 0) };
}

/** Whether float instructions run now, or trap: mstatus.FS is off. */
export const hasFloats = (core: Core): boolean => core.floatsInX || (core.status & status.fs) !== 0;
