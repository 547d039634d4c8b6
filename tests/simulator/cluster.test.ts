import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cluster } from '../../src/hardware/cluster.ts';
import { type EngineName, Machine, type MachineDeclaration } from '../../src/simulator/machine.ts';
import { compileGuest, compilers, read } from './compilers.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-cluster-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const compiler = compilers.gcc.exists ? 'gcc' : 'zig';
const elves = new Map<string, Promise<string>>();
async function elfOf(name: string): Promise<Uint8Array> {
  const known = elves.get(name) ?? compileGuest(`cluster/${name}.c`, compiler, 'rv32imac', '-O2', folder);
  elves.set(name, known);
  return read(await known);
}

interface Ran {
  readonly outcome: unknown;
  readonly console: string;
  readonly counters: Machine['counters'];
  readonly tensors: readonly (Uint8Array | undefined)[];
}
/** Everything that a program leaves: what its symbol `result` or `results` holds among it. */
function runOn(elf: Uint8Array, engine: EngineName, machine: MachineDeclaration = cluster): Ran {
  let console = '';
  const output = (_: unknown, bytes: Uint8Array): void => {
    console += new TextDecoder().decode(bytes);
  };
  const simulated = Machine.load(elf, { machine, engine, output });
  const outcome = simulated.run({ timeout: 60 });
  const tensors = ['result', 'results'].map((name) => {
    const symbol = simulated.symbol(name);
    return symbol && simulated.readMemory(symbol.address, symbol.size);
  });
  return { outcome, console, counters: simulated.counters, tensors };
}

describe('eight cores on sixteen banks', () => {
  test.each([
    ['locks', /locked 00000000000001e0\nadded 0000000000000690\nreserved 00000000000001e0\nsome reservations were lost\n$/],
    ['barriers', /^phases 0000000000000050\n$/],
    ['interrupts', /^(01234567){5}\n$/],
    ['matmul', /^sum [0-9a-f]{16}\n$/],
  ])('%s: tensors, console, instructions and cycles are the same in ten runs and on both engines', async (name, printed) => {
    const elf = await elfOf(name);
    const first = runOn(elf, 'interpreter');
    expect(first.outcome).toEqual({ reason: 'exit', code: 0, core: 0 });
    expect(first.console).toMatch(printed);
    for (let run = 0; run < 5; run++) expect(runOn(elf, 'translator')).toEqual(first);
    for (let run = 0; run < 4; run++) expect(runOn(elf, 'interpreter')).toEqual(first);
  });

  test('the product of matrices is the one that one core computes', async () => {
    const { tensors } = runOn(await elfOf('matmul'), 'auto');
    const result = new Int32Array(tensors[0]!.slice().buffer);
    const [rows, depth, columns] = [48, 64, 40];
    const i8 = (value: number): number => (value << 24) >> 24;
    const expected = Array.from({ length: rows * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += i8(i * 31 + k * 17 + 5) * i8(k * 13 - j * 29 + 3);
      return sum;
    });
    expect([...result]).toEqual(expected);
  });

  test('slices of 16 to 256 cycles change the cycles of a product by less than 1 percent, and nothing else', async () => {
    const elf = await elfOf('matmul');
    const runs = [16, 64, 256].map((slice) => runOn(elf, 'auto', { ...cluster, slice }));
    for (const { tensors, console } of runs) expect({ tensors, console }).toEqual({ tensors: runs[0]!.tensors, console: runs[0]!.console });
    const cycles = runs.map(({ counters }) => counters[0]!.cycles);
    expect(Math.max(...cycles) / Math.min(...cycles)).toBeLessThan(1.01);
  });

  test('a run that is cut into pieces is the same run', async () => {
    const elf = await elfOf('locks');
    const machine = Machine.load(elf, { machine: cluster });
    let pieces = 0;
    while (machine.run({ maxInstructions: 1000 }).reason === 'instruction limit') pieces++;
    expect(pieces).toBeGreaterThan(20);
    expect(machine.counters).toEqual(runOn(elf, 'interpreter').counters);
  });
});

/** Cycles of an instruction, or of a group of them, in GVSoC; the random loads are averages of the cores that take part. */
const measured: readonly (readonly [row: string, count: number, cycles: number, active: number])[] = [
  ['lw, all cores the same address', 800, 8, 8],
  ['lw, the same bank, different rows', 800, 8, 8],
  ['p.lw with a stride of 64 bytes', 800, 8, 8],
  ['sw, the same bank', 800, 8, 8],
  ['lw lw add add, the same bank', 200, 15.873, 8],
  ['lw, core i on bank i', 800, 1, 8],
  ['p.lw streams', 800, 1, 8],
  ['p.lw streams from the same bank on', 800, 1.002, 8],
  ['fadd.s, two cores to a unit', 800, 2, 8],
  ['fadd.s and add in turn', 400, 2.127, 8],
  ['fdiv.s, one unit', 800, 112, 8],
  ['div by 7', 800, 32, 8],
  ...[2375, 2377, 2414, 2468].map((cycles, i) => [`random loads, one chain, ${2 ** i} cores`, 1000, cycles / 1000, 2 ** i] as const),
  ...[2501, 2556, 2668, 2927].map((cycles, i) => [`random loads, four chains, ${2 ** i} cores`, 2000, cycles / 2000, 2 ** i] as const),
  ...[10016, 10016, 10018, 10022].map(
    (cycles, i) => [`random loads, one in ten cycles, ${2 ** i} cores`, 1000, cycles / 1000, 2 ** i] as const,
  ),
  ['one barrier behind the other', 800, 11.203, 8],
];

describe('contention', () => {
  let interpreted: Ran;
  let translated: Ran;
  let cycles: Uint32Array;
  beforeAll(async () => {
    const elf = await elfOf('contention');
    [interpreted, translated] = [runOn(elf, 'interpreter'), runOn(elf, 'translator')];
    cycles = new Uint32Array(interpreted.tensors[1]!.slice().buffer);
  });

  test('the engines agree in every cycle', () => {
    expect(translated).toEqual(interpreted);
    expect(interpreted.outcome).toEqual({ reason: 'exit', code: 0, core: 0 });
  });

  test.each(measured.map((row, index) => [row[0], index] as const))('%s: within 10 percent of GVSoC', (row, index) => {
    const [, count, expected, active] = measured[index]!;
    const here = cycles.subarray(8 * index, 8 * index + active).reduce((sum, value) => sum + value, 0) / active / count;
    console.log(
      `${row.padEnd(42)} ${here.toFixed(3).padStart(8)} ${expected.toFixed(3).padStart(8)} ${((here / expected - 1) * 100).toFixed(1)} %`,
    );
    expect(Math.abs(here / expected - 1)).toBeLessThan(0.1);
  });
});

describe('int8 matrix products on XpulpV2 by eight cores, tiles of four rows by two columns', () => {
  const shapes = [
    { rows: 32, columns: 32, depth: 64, cycles: 4269 },
    { rows: 64, columns: 32, depth: 128, cycles: 15885 },
    { rows: 64, columns: 64, depth: 128, cycles: 31403 },
    { rows: 64, columns: 64, depth: 256, cycles: 60001 },
    { rows: 32, columns: 32, depth: 512, cycles: 29601 },
  ] as const;
  let ran: Ran;
  beforeAll(async () => {
    const elf = await elfOf('gemm');
    ran = runOn(elf, 'translator');
    expect(runOn(elf, 'interpreter')).toEqual(ran);
  });
  const i8 = (value: number): number => (value << 24) >> 24;

  test.each(shapes.map((shape, index) => [`${shape.rows} x ${shape.depth} x ${shape.columns}`, index] as const))(
    '%s: every sum is right, and the cycles are within 10 percent of GVSoC',
    (name, index) => {
      const { rows, columns, depth, cycles } = shapes[index]!;
      const result = new Int32Array(ran.tensors[0]!.slice().buffer).subarray(4096 * index, 4096 * index + rows * columns);
      const a = (at: number): number => i8(at * 7 + (at >> 6) * 13);
      const b = (at: number): number => i8(at * 11 - (at >> 5) * 29);
      const expected = Array.from({ length: rows * columns }, (_, at) => {
        const [i, j] = [Math.floor(at / columns), at % columns];
        return Array.from({ length: depth }, (_, k) => a(i * depth + k) * b(j * depth + k)).reduce((sum, product) => sum + product, 0);
      });
      expect([...result]).toEqual(expected);
      const here = Math.max(...new Uint32Array(ran.tensors[1]!.slice().buffer).subarray(8 * index, 8 * index + 8));
      const speed = ((rows * columns * depth) / here).toFixed(2);
      console.log(`${name.padEnd(14)} ${here} ${cycles} ${((here / cycles - 1) * 100).toFixed(1)} %, ${speed} products a cycle`);
      expect(Math.abs(here / cycles - 1)).toBeLessThan(0.1);
    },
  );
});
