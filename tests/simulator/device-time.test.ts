import { expect, test } from 'vitest';
import { engines } from '../../src/simulator/engines.ts';
import { type EngineName, Machine } from '../../src/simulator/machine.ts';
import { assembled, makeElf } from './elf.ts';

test('a device sees the cycle of the instruction that accesses it, on every engine', () => {
  const mtime = ['lui x5, 0x200c', 'addi x5, x5, -8'];
  const work = (count: number): string[] => Array.from({ length: count }, () => 'addi x7, x7, 1');
  const mix = ['xor x8, x8, x6', 'slli x9, x8, 5', 'add x8, x8, x9'];
  for (const length of [1, 6, 13]) {
    const body = [...work(length), 'lw x6, 0(x5)', ...mix, 'sw x6, 256(x14)', ...work(3), 'ld x6, 0(x5)', ...mix];
    const lines = ['auipc x14, 1', ...mtime, ...body, `jal x0, ${-4 * body.length}`];
    const ends = (Object.keys(engines) as EngineName[]).map((engine) => {
      const code = new Uint8Array(0x1200);
      code.set(assembled(64, lines));
      const machine = Machine.load(makeElf({ bits: 64, code, symbols: { start: 0 } }), { engine, memoryBytes: 1 << 16 });
      machine.run({ maxInstructions: 9000 });
      return [machine.pc, machine.instructions, machine.register(6), machine.register(8)];
    });
    for (const end of ends) expect(end).toEqual(ends[0]);
  }
});
