import { describe, expect, test } from 'vitest';
import { base, machine, read, write } from './harness.ts';

const isa = 'rv32imc_xpulpv2';
const run = (lines: readonly string[], registers: Readonly<Record<number, bigint>>, instructions: number) => {
  const { core, interpreter } = machine(isa, [...lines, 'jal x0, 0']);
  for (const [register, value] of Object.entries(registers)) write(core, Number(register), value);
  core.deadline = instructions;
  interpreter.run();
  return core;
};

describe('a hardware loop', () => {
  test.each([
    [0n, 1n],
    [1n, 1n],
    [2n, 2n],
    [100n, 100n],
  ])('of count %i runs its body %i times, without an instruction for going back', (count, times) => {
    const core = run(['lp.setup 0, x1, 4', 'addi x2, x2, 1', 'addi x3, x3, 2'], { 1: count }, 1000);
    expect([read(core, 2), read(core, 3), core.pc]).toEqual([times, 2n * times, (base + 12) | 0]);
    expect(core.loops[2]).toBe(0);
  });

  test('may be one instruction long', () => {
    expect(read(run(['lp.setupi 0, 7, 2', 'addi x2, x2, 3'], {}, 100), 2)).toBe(21n);
  });

  test.each([
    ['lp.count 0, x1', 5n],
    ['lp.counti 0, 4095', 4095n],
  ])('may be laid piece by piece, with %s, in any order', (count, times) => {
    const body = ['addi x2, x2, 1', 'addi x3, x3, 1'];
    const orders = [
      [count, 'lp.endi 0, 6', 'lp.starti 0, 2', ...body],
      ['lp.starti 0, 6', 'lp.endi 0, 6', count, ...body],
    ];
    for (const lines of orders) {
      const core = run(lines, { 1: 5n }, 10000);
      expect([read(core, 2), read(core, 3), core.loops[2]]).toEqual([times, times, 0]);
    }
  });

  test('is not counted by an instruction at its end that fails, nor left by a branch', () => {
    const failing = run(['lp.setupi 0, 5, 4', 'addi x2, x2, 1', 'lw x3, 0(x0)'], {}, 5);
    expect([failing.loops[2], read(failing, 2)]).toEqual([5, 1n]);
    const left = run(['lp.setupi 0, 5, 6', 'addi x2, x2, 1', 'bne x2, x0, 8', 'addi x3, x3, 1', 'addi x4, x4, 1'], {}, 100);
    expect([left.loops[2], read(left, 2), read(left, 3), read(left, 4)]).toEqual([5, 1n, 0n, 1n]);
  });

  test('nests: the inner one is loop 0', () => {
    const core = run(['lp.setupi 1, 10, 8', 'lp.setupi 0, 20, 4', 'addi x2, x2, 1', 'addi x3, x3, 1', 'addi x4, x4, 1'], {}, 2000);
    expect([2, 3, 4].map((register) => read(core, register))).toEqual([200n, 200n, 10n]);
  });

  test('may end where the loop around it ends', () => {
    const core = run(['lp.setupi 1, 3, 6', 'lp.setupi 0, 4, 4', 'addi x2, x2, 1', 'addi x3, x3, 1'], {}, 2000);
    expect([read(core, 2), read(core, 3)]).toEqual([12n, 12n]);
  });

  test('may be laid by CSRs over code that has run before without it', () => {
    const lines = ['addi x2, x2, 1', 'addi x3, x3, 1', 'bne x4, x0, 24', 'addi x4, x0, 1', 'csrrw x0, 1984, x5', 'csrrw x0, 1985, x6'];
    const start = BigInt(base);
    const core = run([...lines, 'csrrw x0, 1986, x7', 'jal x0, -28'], { 5: start, 6: start + 4n, 7: 5n }, 1000);
    expect([read(core, 2), read(core, 3), core.loops[2]]).toEqual([6n, 6n, 0]);
  });

  test('is seen through its CSRs', () => {
    const core = run(['lp.setupi 1, 9, 20', 'csrrs x2, 1988, x0', 'csrrs x3, 1989, x0', 'csrrs x4, 1990, x0'], {}, 5);
    expect([2, 3, 4].map((register) => read(core, register))).toEqual([BigInt(base + 4), BigInt(base + 40), 9n]);
  });

  test('goes back at yield points, at which the engine stops', () => {
    const core = run(['lp.setupi 0, 1000, 4', 'addi x2, x2, 1', 'addi x3, x3, 1'], {}, 10);
    expect([core.instret, core.pc]).toEqual([11, (base + 4) | 0]);
  });
});
