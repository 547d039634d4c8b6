import { describe, expect, it } from 'vitest';
import { describeFault } from '../../src/simulator/fault.ts';
import { type EngineName, Machine, type MachineOptions } from '../../src/simulator/machine.ts';
import { assembled, base, makeElf } from './elf.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

interface Written {
  readonly lines: readonly (string | number)[];
  readonly symbols?: Readonly<Record<string, number>>;
  /** Bytes at an offset from `base`. */
  readonly data?: Readonly<Record<number, string>>;
}

/** A program of one page of code and one page of data, in which tohost lies first. */
function load(bits: 32 | 64, { lines, symbols = {}, data = {} }: Written, options: MachineOptions = {}): Machine {
  const code = new Uint8Array(0x2000);
  code.set(assembled(bits, lines));
  for (const [offset, value] of Object.entries(data)) code.set(new TextEncoder().encode(value), Number(offset));
  return Machine.load(makeElf({ bits, code, symbols: { start: 0, tohost: 0x1000, fromhost: 0x1008, ...symbols } }), options);
}

/** Stores x6 to tohost. */
const exit = ['auipc x5, 0x1', 'sw x6, 0(x5)', 'sw x0, 4(x5)', 'jal x0, 0'] as const;
const semihosting = [0x01f0_1013, 0x0010_0073, 0x4070_5013] as const;

describe.each(['interpreter', 'structured', 'block'] as const)('the machine on the %s', (engine: EngineName) => {
  describe.each([32, 64] as const)('of %d bits', (bits) => {
    it('ends with the exit code of HTIF', () => {
      const lines = ['addi x6, x0, 85', 'auipc x5, 0x1', 'addi x5, x5, -4', 'sw x6, 0(x5)', 'sw x0, 4(x5)', 'jal x0, 0'];
      const machine = load(bits, { lines }, { engine });
      expect(machine.run({ timeout: 10 })).toEqual({ reason: 'exit', code: 42 });
      expect(machine.run()).toEqual({ reason: 'exit', code: 42 });
      expect(machine.instructions).toBeGreaterThanOrEqual(5);
    });

    it('prints through semihosting and ends there', () => {
      const lines = [
        ...['addi x10, x0, 4', 'auipc x11, 0x1', `addi x11, x11, ${0x100 - 4}`, ...semihosting],
        ...['addi x10, x0, 32', 'auipc x11, 0x1', `addi x11, x11, ${0x200 - 28}`, ...semihosting, 'jal x0, 0'],
      ];
      const block = bits === 64 ? '&\0\x02\0\0\0\0\0\x07\0\0\0\0\0\0\0' : '&\0\x02\0\x07\0\0\0';
      let printed = '';
      const output: MachineOptions['output'] = (stream, bytes) => {
        printed += `${stream}:${text(bytes)}`;
      };
      const machine = load(bits, { lines, data: { 4352: 'hello\0', 4608: block } }, { engine, output });
      expect(machine.run({ timeout: 10 })).toEqual({ reason: 'exit', code: 7 });
      expect(printed).toBe('out:hello');
    });

    it('stops at an instruction limit and goes on from there', () => {
      const machine = load(bits, { lines: ['addi x6, x6, 1', 'jal x0, -4'] }, { engine });
      expect(machine.run({ maxInstructions: 1000 })).toEqual({ reason: 'instruction limit' });
      expect([machine.instructions, machine.register('t1')]).toEqual([1000, 500n]);
      expect(machine.run({ maxInstructions: 10 })).toEqual({ reason: 'instruction limit' });
      expect([machine.instructions, machine.register(6)]).toEqual([1010, 505n]);
    });

    it('stops after a time', () => {
      const machine = load(bits, { lines: ['jal x0, 0'] }, { engine });
      expect(machine.run({ timeout: 0.05 })).toEqual({ reason: 'timeout' });
    });

    it('reports an exception without a handler, with its place and who called', () => {
      const lines = ['auipc x2, 0x1', 'addi x2, x2, 2047', 'jal x1, 8', 'jal x0, 0', 'lui x7, 0x12', 'lw x8, 4(x7)'];
      const machine = load(bits, { lines, symbols: { f: 16 } }, { engine });
      const outcome = machine.run({ timeout: 10 });
      if (outcome.reason !== 'fault') throw new Error(`it ended with ${outcome.reason}`);
      const { fault } = outcome;
      expect(fault).toMatchObject({ cause: 'load access fault', value: 0x12004n });
      expect(fault.stack).toEqual([
        { address: base + 20, symbol: 'f+0x4' },
        { address: base + 12, symbol: 'start+0xc' },
      ]);
      expect(fault.registers.get('t2')).toBe(0x12000n);
      expect(describeFault(fault)).toMatch(
        /^load access fault of 0x12004 at 0x80000014 in f\+0x4\n {2}called from 0x8000000c in start\+0xc\n/,
      );
      expect(machine.pc).toBe(base + 20);
    });

    it('reports a handler that faults itself, and an address without memory', () => {
      const looping = load(bits, { lines: ['auipc x5, 0', 'addi x5, x5, 16', 'csrrw x0, 773, x5', 0, 0] }, { engine });
      expect(looping.run({ timeout: 10 })).toMatchObject({ reason: 'fault', fault: { cause: 'illegal instruction' } });
      const lost = load(bits, { lines: ['lui x5, 0x1', 'jalr x0, 0(x5)'] }, { engine });
      expect(lost.run({ timeout: 10 })).toMatchObject({ reason: 'fault', fault: { cause: 'instruction access fault', value: 0x1000n } });
    });

    it('lets a program handle its exceptions', () => {
      const handler = ['addi x6, x0, 3', 'auipc x5, 0x1', `addi x5, x5, ${-24}`, 'sw x6, 0(x5)', 'sw x0, 4(x5)', 'jal x0, 0'];
      const machine = load(
        bits,
        { lines: ['auipc x5, 0', 'addi x5, x5, 20', 'csrrw x0, 773, x5', 'lw x6, 0(x0)', 'jal x0, 0', ...handler] },
        { engine },
      );
      expect(machine.run({ timeout: 10 })).toEqual({ reason: 'exit', code: 1 });
    });

    it('waits for an interrupt that cannot come', () => {
      expect(load(bits, { lines: ['wfi', 'jal x0, 0'] }, { engine }).run({ timeout: 10 })).toEqual({ reason: 'waiting' });
    });

    it('takes the timer interrupt, in a loop and asleep', () => {
      // mtvec = handler; mtimecmp = 5 ticks of 100 cycles; mie.MTIE; mstatus.MIE; then the last line.
      const arm = [
        'auipc x5, 0',
        'addi x5, x5, 44',
        'csrrw x0, 773, x5',
        'lui x7, 0x2004',
        'addi x8, x0, 5',
        'sw x8, 0(x7)',
        'sw x0, 4(x7)',
      ];
      const enable = ['addi x9, x0, 128', 'csrrs x0, 772, x9', 'csrrsi x0, 768, 8'];
      const handler = [
        'csrrs x6, 834, x0',
        'ori x6, x6, 1',
        'auipc x5, 0x1',
        `addi x5, x5, ${-52}`,
        'sw x6, 0(x5)',
        'sw x0, 4(x5)',
        'jal x0, 0',
      ];
      for (const wait of ['jal x0, 0', 'wfi']) {
        const machine = load(bits, { lines: [...arm, ...enable, wait, ...handler] }, { engine });
        expect(machine.run({ timeout: 10 })).toEqual({ reason: 'exit', code: 3 }); // mcause 7, shifted
        expect(machine.cycles).toBeGreaterThanOrEqual(500);
        expect(machine.cycles).toBeLessThan(520);
      }
    });

    it('steps, and lets registers and memory be read and written', () => {
      const machine = load(bits, { lines: ['addi x6, x5, 1', 'addi x6, x6, 1', ...exit] }, { engine });
      machine.setRegister('t0', -5n);
      expect(machine.step()).toBeUndefined();
      expect(BigInt.asIntN(bits, machine.register('t1'))).toBe(-4n);
      expect(machine.pc).toBe(base + 4);
      machine.setRegister('zero', 9n);
      expect(machine.register(0)).toBe(0n);
      expect(machine.writeMemory(base + 4, assembled(bits, ['addi x6, x0, 11']))).toBe(true);
      machine.step();
      expect(machine.register('t1')).toBe(11n);
      expect(machine.readMemory(base + 4, 4)).toEqual(assembled(bits, ['addi x6, x0, 11']));
      expect([machine.readMemory(16, 4), machine.writeMemory(16, new Uint8Array(4))]).toEqual([undefined, false]);
      expect(machine.symbol('tohost')).toMatchObject({ address: base + 0x1000 });
    });

    it('lets misaligned accesses succeed or trap', () => {
      const lines = ['auipc x7, 0x1', 'lw x6, 1(x7)', 'jal x0, 0'];
      const machine = load(bits, { lines, data: { 4096: '\x01\x02\x03\x04\x05' } }, { engine });
      expect(machine.run({ maxInstructions: 10 })).toEqual({ reason: 'instruction limit' });
      expect(machine.register('t1')).toBe(0x5040302n);
      const trapping = load(bits, { lines }, { engine, misaligned: 'trap' });
      expect(trapping.run({ timeout: 10 })).toMatchObject({
        reason: 'fault',
        fault: { cause: 'load address misaligned', value: 0x80001001n },
      });
    });
  });
});

it('traces each instruction', () => {
  const trace: string[] = [];
  load(64, { lines: ['addi x6, x0, 1', 'jal x0, 0'] }, { trace: (line) => trace.push(line) }).run({ maxInstructions: 3 });
  expect(trace).toEqual(['80000000 <start>: addi x6, x0, 1', '80000004 <start+4>: jal x0, 0', '80000004 <start+4>: jal x0, 0']);
});

describe('a program that does not fit the machine', () => {
  const code = assembled(64, ['jal x0, 0']);
  it.each([
    [
      'is refused where it lies outside the memory',
      { address: 0x1000 },
      'found 4 bytes at 0x1000, expected addresses in the memory from 0x80000000',
    ],
    ['is refused where it is larger than the memory', { memoryBytes: 1 << 30 }, 'found 1073741824 bytes at 0x80000000'],
    ['is refused where it is an object file', { kind: 1 }, 'found an object file, expected a program. Link it.'],
    ['is refused where it is position-independent', { kind: 3 }, 'found a position-independent program'],
  ])('%s', (_, parts, sentence) => {
    expect(() => Machine.load(makeElf({ bits: 64, code, ...parts }), { name: 'x.elf' })).toThrow(sentence);
  });

  it.each([4, 4097.5, 3 * 2 ** 30])('is refused where the memory is to have %f bytes', (memoryBytes) => {
    expect(() => Machine.load(makeElf({ bits: 64, code }), { memoryBytes })).toThrow(
      `machine rv64: found a main memory of ${memoryBytes} bytes, expected 4096 to 2147483648 bytes from 0x80000000.`,
    );
  });

  it('is refused where its width is not that of the machine', async () => {
    const { machines } = await import('../../src/simulator/machine.ts');
    expect(() => Machine.load(makeElf({ bits: 64, code }), { machine: machines.rv32 })).toThrow(
      'found a program of 64 bits, expected one of 32',
    );
  });
});
