import { describe, expect, test } from 'vitest';
import { base, machine, read, write } from './harness.ts';

describe.each(['rv32imac', 'rv64imac'])('the interpreter of %s', (isa) => {
  test('counts a loop exactly and stops at the first yield point after the deadline', () => {
    const { core, interpreter } = machine(isa, ['addi x1, x0, 100', 'addi x1, x1, -1', 'bne x1, x0, -4', 'jal x0, 0']);
    core.deadline = 21;
    interpreter.run();
    expect([core.instret, core.cycle, core.pc]).toEqual([21, 21, (base + 4) | 0]);
    core.deadline = 1000;
    interpreter.run();
    expect([core.instret, read(core, 1), core.pc]).toEqual([1000, 0n, (base + 12) | 0]);
  });

  test('runs the same instructions block by block, traced and step by step', () => {
    const lines = ['addi x1, x0, 9', 'mul x2, x1, x1', 'sw x2, 64(x3)', 'addi x1, x1, -1', 'bne x1, x0, -12', 'jal x0, 0'];
    const states = ['run', 'trace', 'step'].map((how) => {
      const { core, interpreter } = machine(isa, lines);
      write(core, 3, BigInt(base + 0x1000));
      const seen: number[] = [];
      if (how === 'trace') interpreter.trace = ({ pc }) => seen.push(pc);
      core.deadline = 50;
      if (how === 'step') while (!(interpreter.step() && core.cycle >= core.deadline));
      else interpreter.run();
      if (how === 'trace') expect(seen.length).toBe(core.instret);
      return [core.pc, core.instret, read(core, 1), read(core, 2)];
    });
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
  });

  test('reads minstret as the number of instructions before, and a written value is what the next one reads', () => {
    const { core, interpreter } = machine(isa, ['addi x1, x0, 5', 'csrrs x2, 2818, x0', 'csrrw x0, 2818, x1', 'csrrs x3, 2818, x0']);
    for (let i = 0; i < 4; i++) interpreter.step();
    expect([read(core, 2), read(core, 3)]).toEqual([1n, 5n]);
  });

  test.each([
    ['lw x5, 3(x1)', 'trap', 4, base + 0x1003],
    ['sh x5, 1(x1)', 'trap', 6, base + 0x1001],
    ['lw x5, 0(x2)', 'ok', 5, 0x1000],
    ['sb x5, 0(x2)', 'ok', 7, 0x1000],
    ['lr.w x5, (x3)', 'ok', 4, base + 0x1002],
    ['amoadd.w x5, x5, (x3)', 'ok', 6, base + 0x1002],
    ['ebreak', 'ok', 3, base + 4],
    ['ecall', 'ok', 11, 0],
    ['csrrw x5, 3072, x1', 'ok', 2, undefined],
  ] as const)('"%s" (misaligned: %s) traps with cause %i and leaves its registers', (line, misaligned, cause, value) => {
    const { core, bus, interpreter } = machine(isa, ['addi x6, x0, 1', line, 'addi x6, x0, 2', 'jal x0, 0'], { misaligned });
    write(core, 1, BigInt(base + 0x1000));
    write(core, 2, 0x1000n);
    write(core, 3, BigInt(base + 0x1002));
    write(core, 5, 77n);
    core.deadline = 2;
    interpreter.run();
    expect(core.csrs.get(0x341)).toBe(BigInt(base + 4));
    expect(core.csrs.get(0x342)).toBe(BigInt(cause));
    expect(core.csrs.get(0x343)).toBe(BigInt(value ?? bus.view.getUint32(4, true)));
    expect([read(core, 5), read(core, 6), core.instret, core.pc]).toEqual([77n, 1n, 1, (base + 0x8000) | 0]);
  });

  test('succeeds with misaligned accesses, across words too', () => {
    const { core, interpreter } = machine(isa, ['sw x5, 3(x1)', 'lw x6, 3(x1)', 'lhu x7, 5(x1)']);
    write(core, 1, BigInt(base + 0x1000));
    write(core, 5, 0x12345678n);
    for (let i = 0; i < 3; i++) interpreter.step();
    expect([read(core, 6), read(core, 7)]).toEqual([0x12345678n, 0x1234n]);
  });

  test('runs changed code after fence.i', () => {
    const { core, bus, interpreter } = machine(isa, ['addi x1, x0, 1', 'fence.i 0, x0', 'jal x0, -8']);
    core.deadline = 3;
    interpreter.run();
    bus.view.setUint32(0, 0x00200093, true);
    core.deadline = 6;
    interpreter.run();
    expect(read(core, 1)).toBe(2n);
  });

  test('takes a timer interrupt at a yield point, and mret goes on behind it', () => {
    const { core, bus, interpreter } = machine(isa, ['addi x1, x1, 1', 'jal x0, -4'], { handler: 0x100 });
    bus.view.setUint32(0x100, 0x30200073, true);
    core.enabled = 0x80;
    core.status |= 8;
    core.deadline = 10;
    interpreter.run();
    expect([core.instret, core.pc]).toEqual([10, base | 0]);
    core.pending = 0x80;
    core.deadline = 11;
    interpreter.step();
    expect(core.csrs.get(0x342)).toBe((1n << BigInt(core.xlen - 1)) | 7n);
    core.pending = 0;
    core.deadline = 13;
    interpreter.run();
    expect([core.pc, read(core, 1), core.mode]).toEqual([base | 0, 6n, 3]);
  });

  test('sleeps in wfi until an interrupt is pending', () => {
    const { core, interpreter } = machine(isa, ['wfi', 'addi x1, x0, 1', 'jal x0, 0']);
    core.enabled = 0x80;
    interpreter.run();
    expect([core.waiting, core.instret]).toEqual([true, 1]);
    interpreter.run();
    expect(core.instret).toBe(1);
    core.pending = 0x80;
    core.deadline = 3;
    interpreter.run();
    expect(read(core, 1)).toBe(1n);
  });

  test('reaches its deadline when the handler itself is illegal', () => {
    const { core, interpreter } = machine(isa, ['ecall']);
    core.deadline = 1000;
    interpreter.run();
    expect([core.instret, core.cycle]).toEqual([0, 1000]);
  });
});

test('a jump out of the memory faults at its target with all 64 bits', () => {
  const { core, interpreter } = machine('rv64i', ['jalr x0, 0(x1)']);
  write(core, 1, 0x1234_5678_9abc_def0n);
  core.deadline = 2;
  interpreter.run();
  expect([core.csrs.get(0x342), core.csrs.get(0x341), core.csrs.get(0x343)]).toEqual([1n, 0x1234_5678_9abc_def0n, 0x1234_5678_9abc_def0n]);
});

test('a load above 2^32 faults though its low word is in memory', () => {
  const { core, interpreter } = machine('rv64i', ['lw x5, 0(x1)']);
  write(core, 1, 0xffff_ffff_8000_0000n);
  core.deadline = 1;
  interpreter.run();
  expect([core.csrs.get(0x342), core.csrs.get(0x343)]).toEqual([5n, 0xffff_ffff_8000_0000n]);
});
