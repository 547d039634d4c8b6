import { BadInput } from '../errors.ts';
import type { Elf, Segment } from '../formats/elf.ts';
import { writeBytes } from './devices/environment.ts';
import type { Assembly } from './machines/assemble.ts';

const hex = (value: number): string => `0x${value.toString(16)}`;

/** Puts the segments of a program into memory; one that does not fit the machine is a BadInput about `where`. */
export function loadProgram({ bits, kind, entry, segments }: Elf, { bus, harts }: Assembly, where: string): void {
  const { profile } = harts[0]!;
  const refuse = (found: string, expected: string, remedy: string): never => {
    throw new BadInput({ where, found, expected, remedy });
  };
  if (kind === 'relocatable') refuse('an object file', 'a program', 'link it');
  if (kind === 'shared') refuse('a position-independent program', 'one with fixed addresses', 'link it with -static -no-pie');
  if (bits !== profile.xlen) refuse(`a program of ${bits} bits`, `one of ${profile.xlen}`, `choose the machine rv${bits}`);
  if (segments.length === 0) refuse('nothing to load', 'a program with code', 'link it with its code');
  for (const segment of segments) {
    if (!put(segment, bus)) {
      const { base, bytes } = bus.main;
      refuse(
        `${segment.size} bytes at ${hex(segment.loadAddress)}`,
        `addresses in the memory from ${hex(base)} to ${hex(base + bytes.length)}`,
        'link it for this memory with a linker script, or choose a larger one',
      );
    }
  }
  if (bus.read(entry, 2) === undefined || entry >= 2 ** 32)
    refuse(`the entry ${hex(entry)}`, 'an address in the memory', 'link it with ENTRY(_start)');
}

/** Bytes of the file, then zeros; the memory of a new machine is zero. */
function put({ loadAddress, data, size }: Segment, bus: Assembly['bus']): boolean {
  const last = loadAddress + size - 1;
  return last < 2 ** 32 && bus.read(last, 1) !== undefined && bus.read(loadAddress, 1) !== undefined && writeBytes(bus, loadAddress, data);
}
