import { describe, expect, it } from 'vitest';
import { type EngineName, Machine, machines } from '../../src/simulator/machine.ts';
import { assembled, base, makeElf } from './elf.ts';

/** A loop that counts x6 up, stores it as a word at 0x80001000 and reads it back as a byte. */
const lines = ['auipc x5, 0x1', 'addi x6, x6, 1', 'sw x6, 0(x5)', 'lbu x7, 1(x5)', 'jal x0, -12'] as const;
const [start, add, store, load] = [base, base + 4, base + 8, base + 12];
const counter = base + 0x1000;

function machineOf(bits: 32 | 64, engine: EngineName, cycleModel: 'functional' | 'rocket' = 'functional'): Machine {
  const code = new Uint8Array(0x1100);
  code.set(assembled(bits, lines));
  return Machine.load(makeElf({ bits, code, symbols: { start: 0 } }), { engine, cycleModel });
}

describe.each(['interpreter', 'structured', 'block'] as const)('a run on the %s', (engine) => {
  describe.each([32, 64] as const)('of %d bits', (bits) => {
    it('ends before the instruction of a breakpoint and goes on from there', () => {
      const machine = machineOf(bits, engine);
      machine.run({ maxInstructions: 4001 });
      machine.breakpoints.add(store);
      for (let turn = 0; turn < 3; turn++) {
        expect(machine.run({ timeout: 2 })).toEqual({ reason: 'breakpoint' });
        expect([machine.pc, machine.register('t1'), machine.instructions]).toEqual([store, BigInt(1001 + turn), 4002 + 4 * turn]);
      }
      machine.breakpoints.clear();
      expect(machine.run({ maxInstructions: 400 })).toEqual({ reason: 'instruction limit' });
    });

    it('ends at a breakpoint on its first instruction, and at one that a limit ended it before', () => {
      const machine = machineOf(bits, engine);
      machine.breakpoints.add(start).add(add);
      expect([machine.run({ timeout: 2 }), machine.pc]).toEqual([{ reason: 'breakpoint' }, start]);
      expect([machine.run({ timeout: 2 }), machine.pc]).toEqual([{ reason: 'breakpoint' }, add]);
      machine.breakpoints.delete(add);
      machine.run({ maxInstructions: 4 });
      expect(machine.pc).toBe(add);
      machine.breakpoints.add(add);
      const { instructions } = machine;
      expect([machine.run({ timeout: 2 }), machine.instructions]).toEqual([{ reason: 'breakpoint' }, instructions]);
    });

    it('ends behind an instruction that touches a watchpoint', () => {
      const machine = machineOf(bits, engine);
      machine.run({ maxInstructions: 4001 });
      const watch = (access: 'read' | 'write' | 'either', address: number, bytes: number) => {
        machine.watchpoints.clear();
        machine.watchpoints.add({ access, address, bytes });
      };
      watch('write', counter + 2, 8);
      expect([machine.run({ timeout: 2 }), machine.pc]).toEqual([{ reason: 'watchpoint', access: 'write', address: counter + 2 }, load]);
      watch('read', counter, 4);
      expect([machine.run({ timeout: 2 }), machine.pc]).toEqual([{ reason: 'watchpoint', access: 'read', address: counter + 1 }, load + 4]);
      watch('either', counter, 1);
      expect([machine.run({ timeout: 2 }), machine.pc]).toEqual([{ reason: 'watchpoint', access: 'either', address: counter }, load]);
      watch('read', counter, 1);
      expect(machine.run({ maxInstructions: 100 })).toEqual({ reason: 'instruction limit' });
      watch('write', counter, 4);
      expect([machine.step(), machine.step(), machine.step()].filter(Boolean)).toHaveLength(1);
    });

    it.each([
      ['functional', 'breakpoints'],
      ['functional', 'watchpoints'],
      ['rocket', 'breakpoints'],
      ['rocket', 'watchpoints'],
    ] as const)('takes the same cycles, counted as %s, with and without %s', (cycleModel, kind) => {
      const [free, stopped] = [machineOf(bits, engine, cycleModel), machineOf(bits, engine, cycleModel)];
      if (kind === 'watchpoints') stopped.watchpoints.add({ access: 'write', address: counter, bytes: 4 });
      else stopped.breakpoints.add(add).add(load);
      free.run({ maxInstructions: 10_000 });
      while (stopped.instructions < free.instructions) stopped.run({ maxInstructions: free.instructions - stopped.instructions });
      expect([stopped.pc, stopped.register(6), stopped.cycles]).toEqual([free.pc, free.register(6), free.cycles]);
    });
  });
});

it.each(['interpreter', 'block'] as const)('eight cores on the %s take the same turns with and without breakpoints', (engine) => {
  const code = new Uint8Array(0x1100);
  code.set(
    assembled(32, [
      'csrrs x5, 0xf14, x0',
      'slli x5, x5, 2',
      'auipc x14, 1',
      'add x14, x14, x5',
      'lw x6, 0(x14)',
      'add x7, x7, x6',
      'sw x7, 64(x14)',
      'jal x0, -12',
    ]),
  );
  const load = (): Machine => Machine.load(makeElf({ bits: 32, code, symbols: { start: 0 } }), { engine, machine: machines.cluster });
  const [free, stopped] = [load(), load()];
  free.run({ maxInstructions: 4000 });
  stopped.breakpoints.add(base + 20);
  for (let stop = 0; stop < 300; stop++) expect(stopped.run({ timeout: 10 })).toMatchObject({ reason: 'breakpoint' });
  stopped.breakpoints.clear();
  stopped.run({ maxInstructions: free.instructions - stopped.instructions });
  expect(stopped.counters).toEqual(free.counters);
});

it('registers of floats and CSRs can be read and written', () => {
  const machine = machineOf(64, 'auto');
  machine.setFloatRegister(31, 0xfff0_0000_8000_0001n);
  expect([machine.floatRegister(31), machine.floatRegister(30)]).toEqual([0xfff0_0000_8000_0001n, 0n]);
  expect([machine.setCsr(0x340, 7n), machine.csr(0x340), machine.csr(0x7ff), machine.setCsr(0xf14, 1n)]).toEqual([
    true,
    7n,
    undefined,
    false,
  ]);
  expect(machine.isa).toMatch(/^rv64/);
  expect(machine.memoryMap).toEqual([
    { base, size: 128 << 20 },
    { base: 0x200_0000, size: 0xc_0000 },
  ]);
});

it('a program that an exception ended goes on from another pc', () => {
  const code = assembled(64, ['ebreak', 'addi x6, x0, 5', 'jal x0, 0']);
  const machine = Machine.load(makeElf({ bits: 64, code }));
  expect([machine.run({ timeout: 2 }).reason, machine.run({ timeout: 2 }).reason]).toEqual(['fault', 'fault']);
  machine.pc += 4;
  expect([machine.run({ maxInstructions: 2 }).reason, machine.register(6)]).toEqual(['instruction limit', 5n]);
});
