import { expect, test } from 'vitest';
import { type EngineName, Machine } from '../../src/simulator/machine.ts';
import { assembled, makeElf } from './elf.ts';

/** A loop with a call, of ten million instructions. */
const lines = [
  'lui x6, 400',
  'jal x1, 16', // again
  'addi x6, x6, -1',
  'bne x6, x0, -8',
  'jal x0, 0',
  'add x5, x5, x6', // the function
  'slli x7, x5, 3',
  'xor x5, x5, x7',
  'jalr x0, 0(x1)',
];

function stateAfter(engine: EngineName, maxInstructions: number) {
  const machine = Machine.load(makeElf({ bits: 64, code: assembled(64, lines) }), { engine, memoryBytes: 1 << 16 });
  const { reason } = machine.run({ maxInstructions });
  const { instructions, cycles, pc } = machine;
  return { reason, instructions, cycles, pc, sum: machine.register('x5') };
}

test.each([2_097_150, 2_100_003, 4_000_001, 12_000_000])(
  'auto leaves the interpreter for the translator, and after %i instructions the state is that of either',
  (count) => {
    const expected = stateAfter('interpreter', count);
    expect(stateAfter('auto', count)).toEqual(expected);
    expect(stateAfter('translator', count)).toEqual(expected);
  },
);
