import type { Elf } from '../formats/elf.ts';
import type { FirmwareMemory } from '../targets/run.ts';
import { bytes } from './units.ts';

/** What a program for a bare-metal core takes of its memory, with the bytes of stack that it was seen to use. */
export function firmwareMemory({ segments }: Pick<Elf, 'segments'>, stack?: number): FirmwareMemory {
  const sum = (of: (segment: Elf['segments'][number]) => number): number => segments.reduce((total, segment) => total + of(segment), 0);
  const program = sum(({ data }) => data.length);
  const variables = sum(({ data, size }) => size - data.length);
  return { program, variables, ...(stack === undefined ? {} : { stack }), peak: program + variables + (stack ?? 0) };
}

/** `10.9 MB of memory at the peak: 9.6 MB of code and constants, 1.3 MB of variables, 1,232 bytes of stack`. */
export const describeMemory = ({ program, variables, stack, peak }: FirmwareMemory): string =>
  `${bytes(peak)} of memory at the peak: ${bytes(program)} of code and constants, ${bytes(variables)} of variables` +
  (stack === undefined ? ', and the stack' : `, ${bytes(stack)} of stack`);
