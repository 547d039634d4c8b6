import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assemble, encode } from '../../../src/simulator/riscv/assemble.ts';
import { disassemble } from '../../../src/simulator/riscv/disassemble.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { xpulpv2 } from '../../../src/simulator/riscv/rows/xpulp.ts';
import { base, machine, read, write } from './harness.ts';
import { cases } from './xpulp-cases.ts';

const isa = 'rv32imc_zfinx_xpulpv2';
const { rows, decoder } = profile(isa);

const unsigned = (value: number): bigint => BigInt.asUintN(32, BigInt(value));

test.each(cases.map(([line, x1, x2, x3, before = 0]) => ({ line, x1, x2, x3, before })))(
  '$line of $x1 and $x2 is $x3',
  ({ line, x1, x2, x3, before }) => {
    const { core, interpreter } = machine(isa, [line]);
    for (const [i, value] of [x1, x2, before].entries()) write(core, i + 1, unsigned(value));
    interpreter.step();
    expect(read(core, 3).toString(16)).toBe(unsigned(x3).toString(16));
  },
);

describe('encodings', () => {
  const listed = readFileSync(new URL('../../fixtures/riscv/xpulp-encodings.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  test.each(listed.map((line) => line.split(',') as [string, string, string]))('%s is at %s under %s', (name, match, mask) => {
    const found = rows.filter((row) => row.mnemonic === name && row.match === Number(match));
    expect(found).toHaveLength(1);
    expect(found[0]!.mask).toBe(Number(mask));
  });

  test('what is disassembled assembles to the same word', () => {
    for (const row of rows.filter(({ mnemonic }) => /^pv?\./.test(mnemonic))) {
      const values = row.fields.map(({ name }, i): [string, number] => [name, name === 'offset' ? 16 : i + 3]);
      const operands: Readonly<Record<string, number>> = Object.fromEntries(values);
      const word = encode(row, operands);
      expect(decoder.decode(word)?.row.syntax).toBe(row.syntax);
      expect(assemble(disassemble({ row, operands, bytes: 4 }), rows)).toBe(word);
    }
  });
});

const at = base + 0x100;
/** From 0x8283f485 at x1, with 2 in x2: values of x3 and x1 afterwards. */
const loads: [line: string, x3: number, x1: number][] = [
  ['p.lb x3, -4(x1!)', 0xffffff85, at - 4],
  ['p.lbu x3, 1(x1!)', 0x85, at + 1],
  ['p.lh x3, 2(x1!)', 0xfffff485, at + 2],
  ['p.lhu x3, 2(x1!)', 0xf485, at + 2],
  ['p.lw x3, 2047(x1!)', 0x8283f485, at + 2047],
  ['p.lb x3, x2(x1!)', 0xffffff85, at + 2],
  ['p.lw x3, x2(x1!)', 0x8283f485, at + 2],
  ['p.lhu x3, x2(x1!)', 0xf485, at + 2],
  ['p.lh x3, x2(x1)', 0xffff8283, at],
  ['p.lhu x3, x2(x1)', 0x8283, at],
  ['p.lbu x3, x2(x1)', 0x83, at],
  ['p.lb x3, x2(x1)', 0xffffff83, at],
  ['p.lh x3, x2(x1!)', 0xfffff485, at + 2],
  ['p.lbu x3, x2(x1!)', 0x85, at + 2],
  ['p.lw x3, x2(x1)', 0x00008283, at],
  ['p.elw x3, 1(x1)', 0x008283f4, at],
];
/** Of 0x714 in x3, over the same: the word at the address that x1 held before, and x1. */
const stores: [line: string, memory: number, x1: number][] = [
  ['p.sb x3, -1(x1!)', 0x8283f414, at - 1],
  ['p.sh x3, 2(x1!)', 0x82830714, at + 2],
  ['p.sw x3, 4(x1!)', 0x00000714, at + 4],
  ['p.sw x3, x2(x1!)', 0x00000714, at + 2],
  ['p.sh x3, x2(x1)', 0x0714f485, at],
  ['p.sb x3, x2(x1)', 0x8214f485, at],
  ['p.sb x3, x2(x1!)', 0x8283f414, at + 2],
  ['p.sh x3, x2(x1!)', 0x82830714, at + 2],
  ['p.sw x3, x2(x1)', 0x0714f485, at],
];

describe('memory', () => {
  const run = (line: string, registers: Readonly<Record<number, number>>, word = 0x8283f485) => {
    const { core, bus, interpreter } = machine(isa, [line]);
    bus.view.setUint32(0x100, word, true);
    for (const [register, value] of Object.entries(registers)) write(core, Number(register), unsigned(value));
    interpreter.step();
    return { x: (register: number) => Number(read(core, register)), memory: bus.view.getUint32(0x100, true) };
  };

  test.each(loads)('%s loads %i and leaves the base at %i', (line, x3, x1) => {
    const after = run(line, { 1: at, 2: 2 });
    expect([after.x(3), after.x(1)]).toEqual([x3, x1]);
  });

  test.each(stores)('%s leaves %i in memory and the base at %i', (line, memory, x1) => {
    const after = run(line, { 1: at, 2: 2, 3: 0x714 });
    expect([after.memory, after.x(1)]).toEqual([memory, x1]);
  });

  test('a load into its own base keeps what was loaded, and does not add to it', () => {
    expect(run('p.lw x1, 4(x1!)', { 1: at }).x(1)).toBe(0x8283f485);
  });

  test('a load that faults leaves the base alone', () => {
    expect(run('p.lw x3, 4(x1!)', { 1: 0x100 }).x(1)).toBe(0x100);
  });
});

const branches: [line: string, taken: boolean][] = [
  ['p.beqimm x1, -16, 64', true],
  ['p.beqimm x1, 15, 64', false],
  ['p.bneimm x1, -16, 64', false],
  ['p.bneimm x1, 15, 64', true],
];
test.each(branches)('%s with -16 in x1: taken is %s', (line, taken) => {
  const { core, interpreter } = machine(isa, [line]);
  write(core, 1, unsigned(-16));
  interpreter.step();
  expect(core.pc >>> 0).toBe(base + (taken ? 64 : 4));
});

test('every instruction but the hardware loops has a case', () => {
  const lines = [...cases, ...loads, ...stores, ...branches].map(([line]) => line);
  const tested = new Set(lines.map((line) => decoder.decode(assemble(line, rows))?.row));
  const untested = xpulpv2.filter(
    (row) => row.cycles !== 'loop' && !rows.some((known) => known.syntax === row.syntax && tested.has(known)),
  );
  expect(untested.map(({ syntax }) => syntax)).toEqual([]);
});
