import { describe, expect, test } from 'vitest';
import { cluster } from '../../src/hardware/cluster.ts';
import { type EngineName, Machine } from '../../src/simulator/machine.ts';
import { assemble } from '../../src/simulator/riscv/assemble.ts';
import { profile } from '../../src/simulator/riscv/profile.ts';
import { makeElf } from './elf.ts';

/**
 * int8 matrix product as PULP's kernels have it: each core takes an eighth of the rows, in tiles of four rows by two columns. In the hardware loop are six loads
 * that step on and eight dot products: 14 instructions for 32 products.
 */
const { rows: instructions } = profile(cluster.cores[0].isa);
const [rows, columns, depth] = [64, 64, 256];
const base = cluster.memories.l1.base;
const [weightsAt, activationsAt, sumsAt, cyclesAt] = [0x10000, 0x18000, 0x20000, 0x30000];

const pointers = [8, 9, 18, 19, 20, 21];
const words = [10, 11, 12, 13, 14, 15];
const sums = [22, 23, 24, 25, 26, 27, 28, 29];
const inner = [
  ...pointers.map((pointer, i) => `p.lw x${words[i]}, 4(x${pointer}!)`),
  ...sums.map((sum, i) => `pv.sdotsp.b x${sum}, x${words[i % 4]}, x${words[4 + Math.floor(i / 4)]}`),
];
/** x5 points to the four rows, x6 to the two columns, x7 to where their sums go, which lie row by row. */
const tile = [
  ...pointers.slice(0, 4).map((pointer, i) => `addi x${pointer}, x5, ${i * depth}`),
  ...pointers.slice(4).map((pointer, i) => `addi x${pointer}, x6, ${i * depth}`),
  ...sums.map((sum) => `addi x${sum}, x0, 0`),
  `lp.setupi 0, ${depth / 4}, ${2 * inner.length}`,
  ...inner,
  ...sums.slice(0, 4).flatMap((sum, i) => [`sw x${sum}, ${4 * columns * i}(x7)`, `sw x${sums[i + 4]}, ${4 * columns * i + 4}(x7)`]),
];
const nextTile = ['addi x7, x7, 8', `addi x6, x6, ${2 * depth}`, 'addi x16, x16, -1'];
const strip = [`lui x6, ${(base + activationsAt) >>> 12}`, `addi x16, x0, ${columns / 2}`, ...tile, ...nextTile];
const nextStrip = [`addi x5, x5, ${4 * depth}`, `addi x7, x7, ${4 * columns * 3}`, 'addi x17, x17, -1'];
const program = [
  'csrrs x4, 3860, x0',
  'csrrs x30, 2816, x0',
  `addi x31, x0, ${rows / 8}`,
  'mul x4, x4, x31',
  `lui x5, ${(base + weightsAt) >>> 12}`,
  `slli x6, x4, ${Math.log2(depth)}`,
  'add x5, x5, x6',
  `lui x7, ${(base + sumsAt) >>> 12}`,
  `slli x6, x4, ${Math.log2(4 * columns)}`,
  'add x7, x7, x6',
  `addi x17, x0, ${rows / 8 / 4}`,
  ...strip,
  `bne x16, x0, ${-4 * (strip.length - 2)}`,
  ...nextStrip,
  `bne x17, x0, ${-4 * (strip.length + 1 + nextStrip.length)}`,
  // Cycles of each core, then the ends of all of them are counted.
  'csrrs x31, 2816, x0',
  'sub x31, x31, x30',
  `lui x8, ${(base + cyclesAt) >>> 12}`,
  'srli x4, x4, 1',
  'add x9, x8, x4',
  'sw x31, 4(x9)',
  'addi x10, x0, 1',
  'amoadd.w x11, x10, (x8)',
  'bne x4, x0, 0',
  'lw x11, 0(x8)',
  'addi x10, x0, 8',
  'bne x11, x10, -8',
  // SYS_EXIT of semihosting, with the reason that the program has ended.
  'addi x10, x0, 24',
  'lui x11, 32',
  'addi x11, x11, 38',
  ...['slli x0, x0, 31', 'ebreak', 'srai x0, x0, 7'],
];

const draw = (seed: number) => Int8Array.from({ length: rows * depth }, (_, i) => (Math.imul(i + seed, 0x9e3779b1) >> 13) % 128);
const [weights, activations] = [draw(1), draw(77777)];

function run(engine: EngineName) {
  const code = new Uint8Array(Uint32Array.from(program.map((line) => assemble(line, instructions))).buffer);
  const machine = Machine.load(makeElf({ bits: 32, code, memoryBytes: 0x40000 }), { machine: cluster, engine });
  machine.writeMemory(base + weightsAt, new Uint8Array(weights.buffer));
  machine.writeMemory(base + activationsAt, new Uint8Array(activations.buffer));
  const outcome = machine.run({ maxInstructions: 20_000_000 });
  const read = (at: number, count: number) => new Int32Array(machine.readMemory(base + at, 4 * count)!.slice().buffer);
  return { outcome, sums: read(sumsAt, rows * columns).join(), cycles: read(cyclesAt + 4, 8), counters: machine.counters };
}

describe('an int8 product of 64 by 64 by 256 in hardware loops on eight cores', () => {
  const ran = run('translator');

  test('has the sums of a plain loop', () => {
    const expected = Array.from({ length: rows * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += weights[row * depth + k]! * activations[column * depth + k]!;
      return sum;
    });
    expect(ran.outcome).toMatchObject({ reason: 'exit', code: 0 });
    expect(ran.sums).toBe(expected.join());
  });

  test('takes the cycles that GVSoC gives it, within 2 percent', () => {
    const measured = Math.max(...ran.cycles);
    const gvsoc = 60_001; // configuration C, int32 sums: 17.48 products a cycle
    expect(Math.abs(measured / gvsoc - 1), `${measured} cycles`).toBeLessThan(0.02);
  });

  test('is the same on both engines', () => {
    expect(run('interpreter')).toEqual(ran);
  });
});
