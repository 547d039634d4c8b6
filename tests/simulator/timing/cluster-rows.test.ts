import { expect, test } from 'vitest';
import { cluster } from '../../../src/hardware/cluster.ts';
import { type EngineName, Machine } from '../../../src/simulator/machine.ts';
import { assemble } from '../../../src/simulator/riscv/assemble.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { base, makeElf } from '../elf.ts';

const isa = cluster.cores[0].isa;
const one = { ...cluster, cores: [{ ...cluster.cores[0], count: 1 }] };
const { rows } = profile(isa);
const rounds = 100;

/** Cycles of a body, a hundred times in a hardware loop: x5 points to aligned words, x6 is a divisor, x7 and x8 are other operands. */
function cyclesOf(body: readonly string[], divisor: number, engine: EngineName): number {
  const data = 0x8000_1000;
  const high = (divisor + 0x800) >>> 12;
  const lines = [
    `lui x5, ${data >>> 12}`,
    `lui x6, ${high & 0xfffff}`,
    `addi x6, x6, ${((divisor & 0xfff) << 20) >> 20}`,
    'addi x7, x0, 5',
    'addi x8, x0, 9',
    'sw x5, 0(x5)',
    `addi x9, x0, ${rounds}`,
    'csrrs x10, 2816, x0',
    `lp.setup 0, x9, ${2 * body.length}`,
    ...body,
    'csrrs x11, 2816, x0',
    'wfi',
    'jal x0, -4',
  ];
  const code = new Uint8Array(0x2000);
  code.set(new Uint8Array(Uint32Array.from(lines.map((line) => assemble(line, rows))).buffer));
  const machine = Machine.load(makeElf({ bits: 32, code }), { machine: one, engine });
  expect(machine.run({ timeout: 10 })).toEqual({ reason: 'waiting' });
  expect(machine.pc).toBe(base + 4 * (lines.length - 1));
  // The instruction that lays the loop takes one cycle, and so does the second reading of the counter.
  return (Number(machine.register('a1')) - Number(machine.register('a0')) - 2) / rounds;
}
const eight = (...lines: string[]): string[] => Array.from({ length: 8 }, () => lines).flat();

/** Bodies, how many times they hold what the row is about, and its cycles in GVSoC. */
const measured: readonly (readonly [row: string, body: readonly string[], count: number, cycles: number, divisor?: number])[] = [
  ['add', eight('add x11, x7, x8'), 8, 1],
  ['mul, independent', eight('mul x11, x7, x8'), 8, 1],
  ['mul, each on the last one', eight('mul x11, x11, x8'), 8, 1.875],
  ['mul and add of its product', eight('mul x11, x7, x8', 'add x12, x11, x7'), 8, 3],
  ['mulh', eight('mulh x11, x7, x8'), 8, 5],
  ['mulhu, each on the last one', eight('mulhu x11, x11, x8'), 8, 5],
  ...[
    [1, 34],
    [3, 33],
    [7, 32],
    [0x9876, 19],
    [0x7ffffff0, 4],
    [0, 34],
    [-1, 33],
    [-7, 31],
    [-0x40000000, 3],
  ].map(([divisor, cycles]) => [`div by ${divisor}`, eight('div x11, x7, x6'), 8, cycles!, divisor!] as const),
  ['lw, independent', eight('lw x11, 0(x5)'), 8, 1],
  ['lw and use', eight('lw x11, 0(x5)', 'add x12, x11, x7'), 8, 3],
  ['lw, something else, use', eight('lw x11, 0(x5)', 'add x13, x7, x8', 'add x12, x11, x7'), 8, 3],
  ['lw from its own result', eight('lw x5, 0(x5)'), 8, 1.875],
  ['lw and store of it', eight('lw x11, 0(x5)', 'sw x11, 8(x5)'), 8, 3],
  ['lw and a branch on it, not taken', eight('lw x11, 0(x5)', 'beq x11, x0, 8'), 8, 3],
  ['lw and a branch on it, taken', [...eight('lw x11, 0(x5)', 'bne x11, x0, 8', 'addi x0, x0, 0'), 'addi x0, x0, 0'], 8, 5],
  ['p.lw and use of its base', eight('p.lw x11, 4(x5!)', 'add x12, x5, x7'), 8, 2],
  ['p.lw and dot product of it', eight('p.lw x11, 4(x5!)', 'pv.sdotsp.b x12, x11, x7'), 8, 3],
  ['p.lw, p.lw and dot product of both', eight('p.lw x11, 4(x5!)', 'p.lw x13, 4(x5!)', 'pv.sdotsp.b x12, x11, x13'), 8, 4],
  ['sw', eight('sw x7, 0(x5)'), 8, 1],
  ['lw after sw at the same address', eight('sw x7, 8(x5)', 'lw x11, 8(x5)'), 8, 2],
  ['lw across two words', eight('lw x11, 2(x5)'), 8, 2],
  ['lh inside a word', eight('lh x11, 1(x5)'), 8, 1],
  ['beq taken', [...eight('beq x0, x0, 8', 'addi x0, x0, 0'), 'addi x0, x0, 0'], 8, 3],
  ['beq not taken', eight('beq x7, x8, 8'), 8, 1],
  ['p.beqimm not taken', eight('p.beqimm x7, 3, 8'), 8, 1],
  ['jal', eight('jal x0, 4'), 8, 2],
  ['auipc and jalr', eight('auipc x11, 0', 'jalr x0, 8(x11)'), 8, 3],
  ['auipc, addi and jalr', eight('auipc x11, 0', 'addi x11, x11, 12', 'jalr x0, 0(x11)'), 8, 4],
  ['a loop of addi and bne', ['addi x12, x0, 50', 'addi x12, x12, -1', 'bne x12, x0, -4', 'addi x0, x0, 0'], 50, 3.99],
  ['pv.sdotsp.b on one sum', eight('pv.sdotsp.b x11, x7, x8'), 8, 1],
  ['p.mac on one sum', eight('p.mac x11, x7, x8'), 8, 1],
  ['csrr', eight('csrrs x11, 2816, x0'), 8, 1],
  ['fadd.s', eight('fadd.s x11, x7, x8'), 8, 1],
  ['fmul.s and fadd.s of its product', eight('fmul.s x11, x7, x8', 'fadd.s x12, x11, x7'), 8, 2],
  ['fdiv.s', eight('fdiv.s x11, x7, x8'), 8, 14],
  ['a hardware loop of one instruction', ['add x11, x7, x8'], 1, 1.04],
];

test.each(measured.map((row) => [row[0], row] as const))('%s: within 10 percent of GVSoC', (row, [, body, count, cycles, divisor = 1]) => {
  const [interpreted, ...translated] = (['interpreter', 'block', 'structured'] as const).map((engine) => cyclesOf(body, divisor, engine));
  expect(translated).toEqual([interpreted, interpreted]);
  const here = interpreted! / count;
  console.log(
    `${row.padEnd(40)} ${here.toFixed(3).padStart(7)} ${cycles.toFixed(3).padStart(7)} ${((here / cycles - 1) * 100).toFixed(1)} %`,
  );
  expect(Math.abs(here / cycles - 1)).toBeLessThan(0.1);
});
