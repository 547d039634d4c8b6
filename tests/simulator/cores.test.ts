import { describe, expect, test } from 'vitest';
import { simulateProgram } from '../../src/cli/simulation.ts';
import { cluster } from '../../src/hardware/cluster.ts';
import { clusterCore } from '../../src/hardware/cluster-core.ts';
import { rv64 } from '../../src/hardware/rv64.ts';
import { describeFault } from '../../src/simulator/fault.ts';
import { type EngineName, Machine, type MachineDeclaration, type MachineOptions } from '../../src/simulator/machine.ts';
import { assemble } from '../../src/simulator/riscv/assemble.ts';
import { profile } from '../../src/simulator/riscv/profile.ts';
import { base, makeElf } from './elf.ts';

const { rows } = profile(cluster.cores[0].isa);
const two: MachineDeclaration = { ...cluster, cores: [{ ...cluster.cores[0], count: 2 }] };

/** Lines for all cores; x5 is mhartid and x6 the address of the data, in which tohost lies first. */
function elfOf(lines: readonly string[]): Uint8Array {
  const all = ['csrrs x5, 3860, x0', 'lui x6, 524289', ...lines].map((line) => assemble(line, rows));
  const code = new Uint8Array(0x2000);
  code.set(new Uint8Array(Uint32Array.from(all).buffer));
  return makeElf({ bits: 32, code, symbols: { start: 0, tohost: 0x1000, fromhost: 0x1008, work: 8 } });
}
const load = (lines: readonly string[], options: MachineOptions = {}): Machine => Machine.load(elfOf(lines), { machine: two, ...options });
const word = (machine: Machine, offset: number): number =>
  new DataView(machine.readMemory(base + 0x1000 + offset, 4)!.slice().buffer).getInt32(0, true);

/** Core 0 goes on where core 1 has its own lines. */
const apart = (ofCore0: readonly string[], ofCore1: readonly string[]): string[] => [
  `bne x5, x0, ${4 * (ofCore0.length + 1)}`,
  ...ofCore0,
  ...ofCore1,
];
const forever = 'jal x0, 0';
const sleep = ['wfi', 'jal x0, -4'];
const exit = (code: number): string[] => [`addi x7, x0, ${2 * code + 1}`, 'sw x7, 0(x6)', 'sw x0, 4(x6)', forever];

describe.each(['interpreter', 'translator'] as const)('a machine of two cores on the %s', (engine: EngineName) => {
  test('says which core ended the program, and speaks of it from then on', () => {
    const machine = load(apart([forever], ['addi x10, x0, 77', ...exit(3)]), { engine });
    expect([machine.cores, machine.core]).toEqual([2, 0]);
    expect(machine.run({ timeout: 10 })).toEqual({ reason: 'exit', code: 3, core: 1 });
    expect([machine.core, machine.register('a0'), machine.register('t0')]).toEqual([1, 77n, 1n]);
    machine.core = 0;
    expect([machine.register('a0'), machine.register('t0'), machine.pc]).toEqual([0n, 0n, base + 12]);
    expect(() => {
      machine.core = 2;
    }).toThrow('there is no core 2');
  });

  test('says on which core an exception was that nobody handles', () => {
    const machine = load(apart(sleep, ['lw x1, 0(x0)']), { engine });
    const outcome = machine.run({ timeout: 10 });
    expect(outcome).toMatchObject({ reason: 'fault', fault: { core: 1, cause: 'load access fault', value: 0n } });
    expect(outcome.reason === 'fault' && describeFault(outcome.fault)).toMatch(
      /^core 1: load access fault of 0x0 at 0x80000014 in work\+0xc\n/,
    );
  });

  test('ends when all cores sleep and nothing can wake them', () => {
    const machine = load(sleep, { engine });
    expect(machine.run({ timeout: 10 })).toEqual({ reason: 'waiting' });
    expect(machine.counters.map(({ instructions }) => instructions)).toEqual([3, 3]);
  });

  test('a core that waits at a barrier sleeps until the other one comes, and the last one does not wait', () => {
    const slow = ['addi x9, x0, 500', 'addi x9, x9, -1', 'bne x9, x0, -4'];
    const arrive = ['lui x8, 65536', 'lw x10, 0(x8)', 'csrrs x11, 2816, x0', ...sleep];
    const machine = load(apart([...slow, ...arrive], arrive), { engine });
    expect(machine.run({ timeout: 10 })).toEqual({ reason: 'waiting' });
    const [first, second] = [0, 1].map((core) => {
      machine.core = core;
      return { position: machine.register('a0'), cycle: Number(machine.register('a1')) };
    });
    expect([first!.position, second!.position]).toEqual([1n, 0n]);
    expect(first!.cycle).toBeGreaterThan(2000);
    expect(second!.cycle - first!.cycle).toBe(cluster.devices.barriers.wakeUp + clusterCore.elsewhere);
  });

  test('a store of another core takes a reservation away, one beside it does not', () => {
    const wait = (count: number): string[] => [`addi x9, x0, ${count}`, 'addi x9, x9, -1', 'bne x9, x0, -4'];
    const reserve = ['addi x8, x6, 64', 'lr.w x10, (x8)', ...wait(400), 'addi x11, x0, 5', 'sc.w x12, x11, (x8)', ...sleep];
    const store = (offset: number): string[] => [...wait(100), 'addi x11, x0, 9', `sw x11, ${offset}(x6)`, ...sleep];
    for (const [offset, failed, value] of [
      [64, 1n, 9],
      [68, 1n, 0],
      [72, 0n, 5],
      [56, 0n, 5],
    ] as const) {
      const machine = load(apart(reserve, store(offset)), { engine });
      expect(machine.run({ timeout: 10 })).toEqual({ reason: 'waiting' });
      expect([offset, machine.register('a2'), word(machine, 64)]).toEqual([offset, failed, value]);
    }
  });

  test('stores that come while a reservation is held stay atomic beside amo', () => {
    const loop = (body: readonly string[]): string[] => [
      'addi x9, x0, 300',
      ...body,
      'addi x9, x9, -1',
      `bne x9, x0, ${-4 * (body.length + 1)}`,
      ...sleep,
    ];
    const held = ['lr.w x10, (x8)', 'addi x10, x10, 1', 'sc.w x12, x10, (x8)', 'bne x12, x0, -12'];
    const machine = load(['addi x8, x6, 64', 'addi x7, x0, 1', ...apart(loop(held), loop(['amoadd.w x0, x7, (x8)']))], { engine });
    expect(machine.run({ timeout: 10 })).toEqual({ reason: 'waiting' });
    expect(word(machine, 64)).toBe(600);
  });

  test('every instruction takes one cycle where that is asked for', () => {
    const machine = load(apart(['lw x8, 64(x6)', 'addi x8, x8, 1', ...exit(0)], sleep), { engine, cycleModel: 'functional' });
    expect(machine.run({ timeout: 10 })).toEqual({ reason: 'exit', code: 0, core: 0 });
    for (const { instructions, cycles } of machine.counters) expect(cycles).toBe(instructions);
  });
});

test('steps run one core and let the others stand still', () => {
  const machine = load(['addi x8, x8, 1', 'jal x0, -4']);
  machine.core = 1;
  for (let i = 0; i < 5; i++) machine.step();
  expect([machine.register('s0'), machine.pc]).toEqual([2n, base + 12]);
  expect(machine.counters.map(({ instructions }) => instructions)).toEqual([0, 5]);
});

test('a trace says which core runs an instruction', () => {
  const lines: string[] = [];
  load(apart(sleep, exit(0)), { trace: (line) => lines.push(line) }).run();
  expect(lines.slice(0, 4)).toEqual([
    '0: 80000000 <start>: csrrs x5, 3860, x0',
    '0: 80000004 <start+4>: lui x6, 0x80001',
    '0: 80000008 <work>: bne x5, x0, 12',
    '0: 8000000c <work+4>: wfi',
  ]);
  expect(lines.at(-1)).toMatch(/^1: /);
});

test('a profile has the cycles of all cores', () => {
  const machine = load(apart(['addi x9, x0, 2000', 'addi x9, x9, -1', 'bne x9, x0, -4', ...exit(0)], [forever]));
  const cycles = [0, 0];
  machine.run({
    sample: (passed) => {
      cycles[machine.core]! += passed;
    },
  });
  expect(cycles).toEqual(machine.counters.map(({ cycles: all }) => all));
});

test('simulate prints a line for each core, and says so in JSON', async () => {
  const io = { out: () => {}, note: () => {} } as unknown as Parameters<typeof simulateProgram>[3];
  const options = { machine: 'cluster', engine: 'auto', misaligned: 'ok', json: true } as const;
  const { summary, report } = await simulateProgram('program.elf', elfOf(apart(exit(0), sleep)), options, io);
  expect(summary).toMatch(
    /^\d+ instructions, \d+ cycles, [\d.]+ MIPS\ncore 0: 7 instructions, \d+ cycles\ncore 1: 0 instructions, 0 cycles\n(core \d: .*\n){6}$/,
  );
  expect(report).toMatchObject({ reason: 'exit', core: 0, cores: Array.from({ length: 8 }, () => ({ instructions: expect.any(Number) })) });
});

test('a machine of one core says nothing of cores', () => {
  const machine = Machine.load(makeElf({ bits: 64, code: new Uint8Array(4) }), { machine: rv64 });
  expect(machine.run()).toMatchObject({ reason: 'fault', fault: { cause: 'illegal instruction' } });
  expect([machine.cores, machine.core]).toEqual([1, 0]);
});
