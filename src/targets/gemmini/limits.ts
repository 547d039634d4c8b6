import { OutOfMemory } from '../../errors.ts';
import { type GemminiDeclaration, gemminiMachine } from '../../hardware/gemmini.ts';
import type { Firmware } from '../firmware.ts';
import type { Plan } from '../plan.ts';

const bytes = (count: number): string => `${count.toLocaleString('en-US')} bytes`;

/** Refuses an array whose local memories cannot hold the least product: a block of each operand and one of sums, each in half of its memory. */
export function refuseSmallMemories({ name, dim, scratchpad, accumulator }: GemminiDeclaration): void {
  const memories = [
    { of: 'scratchpad', available: scratchpad.banks * scratchpad.rows * dim, needed: 4 * dim * dim },
    { of: 'accumulator', available: 4 * accumulator.banks * accumulator.rows * dim, needed: 2 * 4 * dim * dim },
  ];
  for (const { of, available, needed } of memories) {
    if (available >= needed) continue;
    throw new OutOfMemory({
      where: `the array ${name}, ${of}`,
      found: bytes(available),
      expected: `at least ${bytes(needed)}, for two halves with a block of ${dim} by ${dim} of each operand`,
      remedy: 'declare more rows',
    });
  }
}

/** Refuses firmware that the memory of the machine cannot hold. A replay build may have a larger machine. */
export function refuseLargeFirmware(
  plans: readonly Plan[],
  firmware: Firmware,
  available: number = gemminiMachine.memories.ram.bytes,
): void {
  const tensors = plans.reduce((sum, { memory }) => sum + memory.peak, 0);
  const constants = Array.from(firmware.values(), (file) => (typeof file === 'string' ? 0 : file.length)).reduce(
    (sum, size) => sum + size,
    0,
  );
  if (tensors + constants <= available || plans.some(({ replay }) => replay)) return;
  throw new OutOfMemory({
    where: `program ${plans.map(({ program }) => program.name).join(', ')}`,
    found: `tensors that need ${bytes(tensors)} and constants of ${bytes(constants)}, ${bytes(tensors + constants)} in all`,
    expected: `at most ${bytes(available)}, the memory of the machine ${gemminiMachine.name}`,
    remedy: 'use a smaller network or a smaller input',
  });
}
