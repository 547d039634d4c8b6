import { expect, test } from 'vitest';
import { Machine } from '../../../src/simulator/machine.ts';
import { assembled, makeElf } from '../elf.ts';

/** Bits 0 to 7 select a set of events, each bit from 8 on one event of it. */
const loadUse = 0x101;
const mispredicted = 0x2001;
const dataMiss = 0x202;
const [event, counter, userCounter] = [0x323, 0xb03, 0xc03];

/** 100 turns: a load that is used at once, a branch that goes the other way each time, and a line that was never touched. */
const loop = [
  'addi x5, x0, 100',
  'auipc x6, 0x100',
  'ld x7, 0(x6)',
  'add x8, x7, x7',
  'addi x6, x6, 64',
  'andi x9, x5, 1',
  'beq x9, x0, 8',
  'addi x10, x0, 0',
  'addi x5, x5, -1',
  'bne x5, x0, -28',
];
const selects = (i: number, selector: number): string[] => [
  `lui x5, ${(selector + 0x800) >> 12}`,
  `addi x5, x5, ${((selector + 0x800) & 0xfff) - 0x800}`,
  `csrrw x0, ${event + i}, x5`,
];
const code = [
  ...selects(0, loadUse),
  ...selects(1, mispredicted),
  ...selects(2, dataMiss),
  ...loop,
  `csrrs x11, ${counter}, x0`,
  `csrrs x12, ${counter + 1}, x0`,
  `csrrs x13, ${userCounter + 2}, x0`,
  `csrrw x0, ${counter + 2}, x0`,
  `csrrs x14, ${counter + 2}, x0`,
  `csrrs x15, ${event}, x0`,
  'jal x0, 0',
];

test.each(['interpreter', 'structured', 'block'] as const)("a program reads rocket's event counters, with the engine %s", (engine) => {
  const machine = Machine.load(makeElf({ bits: 64, code: assembled(64, code), memoryBytes: 0x2000 }), { engine, cycleModel: 'rocket' });
  machine.run({ maxInstructions: 2000 });
  const [stalls, mispredictions, misses, cleared, selector] = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => Number(machine.register(name)));
  expect({ stalls, misses, cleared, selector }).toEqual({ stalls: 100, misses: 100, cleared: 0, selector: loadUse });
  expect(mispredictions).toBeGreaterThanOrEqual(100);
  expect(mispredictions).toBeLessThanOrEqual(104);
});

test('without a cycle model there are no events: the counters are 0', () => {
  const machine = Machine.load(makeElf({ bits: 64, code: assembled(64, code), memoryBytes: 0x2000 }));
  machine.run({ maxInstructions: 2000 });
  expect(['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => Number(machine.register(name)))).toEqual([0, 0, 0, 0, 0]);
});
