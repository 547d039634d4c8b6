import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cluster } from '../../../src/hardware/cluster.ts';
import { rv32, rv64 } from '../../../src/hardware/rv64.ts';
import { engines as allEngines } from '../../../src/simulator/engines.ts';
import { type AcceleratorContext, type Command, type EngineName, Machine, type MachineOptions } from '../../../src/simulator/machine.ts';
import { assemble } from '../../../src/simulator/riscv/assemble.ts';
import { InFlight, MissingFence, markShift } from '../../../src/simulator/riscv/in-flight.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { rocc, waitingFence } from '../../../src/simulator/riscv/rows/rocc.ts';
import { Suspension } from '../../../src/simulator/riscv/suspension.ts';
import { base, makeElf } from '../elf.ts';

const engines = Object.keys(allEngines) as EngineName[];
const plain = { 32: rv32, 64: rv64 } as const;
const device = { kind: 'accelerator', model: 'test', custom: 1 } as const;

interface Model {
  readonly command: (cycle: number, command: Command, reply: { low: number; high: number }, context: AcceleratorContext) => number;
  readonly suspends?: boolean;
}

/** A machine with an accelerator on custom-1 and this program. */
function load(bits: 32 | 64, lines: readonly string[], { command, suspends = false }: Model, options: MachineOptions = {}): Machine {
  const { rows } = profile(plain[bits].cores[0].isa, [...rocc(device.custom, 0), waitingFence]);
  const code = new Uint8Array(0x2000);
  code.set(new Uint8Array(Uint32Array.from(lines, (line) => assemble(line, rows)).buffer));
  return Machine.load(makeElf({ bits, code, symbols: { start: 0 } }), {
    memoryBytes: 1 << 16,
    machine: { ...plain[bits], devices: { ...plain[bits].devices, test: device } },
    accelerators: {
      test: (context) => ({
        suspends,
        command: (cycle, given, reply) => command(cycle, given, reply, context),
        fence: (cycle) => cycle + 9,
      }),
    },
    ...options,
  });
}

const look = (machine: Machine): object => ({
  pc: machine.pc,
  instructions: machine.instructions,
  cycles: machine.cycles,
  registers: Array.from({ length: 32 }, (_, i) => machine.register(i)),
});

describe.each([32, 64] as const)('commands of a core of %d bits', (bits) => {
  it.each(engines)('have the registers that their form names on the engine %s', (engine) => {
    const seen: string[] = [];
    const lines = ['d', 's', 't', 'ds', 'dt', 'st', 'dst', ''].map((form, funct) => {
      const operands = [
        funct,
        ...(form.includes('d') ? ['x7'] : []),
        ...(form.includes('s') ? ['x5'] : []),
        ...(form.includes('t') ? ['x6'] : []),
      ];
      return `custom1${form && `.${form}`} ${operands.join(', ')}`;
    });
    const command: Model['command'] = (cycle, { funct, rs1, rs1High, rs2, rs2High }, reply) => {
      seen.push([funct, rs1, rs1High, rs2, rs2High].join(' '));
      reply.low = 100 + funct;
      reply.high = -1;
      return cycle;
    };
    const machine = load(bits, ['addi x5, x0, -5', 'addi x6, x0, 6', ...lines, 'custom1.d 9, x0', 'jal x0, -44'], { command }, { engine });
    const high = bits === 64 ? -1 : 0;
    const [s, t] = [`-5 ${high}`, '6 0'];
    machine.run({ maxInstructions: 12 * 20 });
    expect(seen.slice(0, 9)).toEqual([
      ...['0 0 0 0 0', `1 ${s} 0 0`, `2 0 0 ${t}`, `3 ${s} 0 0`, `4 0 0 ${t}`, `5 ${s} ${t}`, `6 ${s} ${t}`, '7 0 0 0 0', '9 0 0 0 0'],
    ]);
    expect(seen.slice(9 * 19)).toEqual(seen.slice(0, 9));
    expect(machine.register('t2')).toBe(bits === 64 ? (0xffff_ffffn << 32n) + 106n : 106n);
  });

  it.each(['functional', 'rocket'] as const)('wait and reply in the same cycles on every engine, counted as %s', (cycleModel) => {
    const value = fc.integer({ min: 0, max: 6 });
    const register = fc.integer({ min: 5, max: 12 });
    const line = fc.oneof(
      fc.tuple(value, register, register, register).map(([funct, d, s, t]) => `custom1.dst ${funct}, x${d}, x${s}, x${t}`),
      fc.tuple(value, register, register).map(([funct, s, t]) => `custom1.st ${funct}, x${s}, x${t}`),
      fc.tuple(register, register, value).map(([d, s, i]) => `addi x${d}, x${s}, ${i}`),
      fc.tuple(register, register, register).map(([d, s, t]) => `xor x${d}, x${s}, x${t}`),
      fc.tuple(fc.constantFrom('mul', 'divu'), register, register, register).map(([name, d, s, t]) => `${name} x${d}, x${s}, x${t}`),
      fc.constantFrom('sw x5, 0(x14)', 'lw x6, 0(x14)', 'beq x5, x6, 8', 'fence 3, 3', 'csrrs x7, 0xb00, x0', 'jal x1, 4'),
    );
    const program = fc.array(line, { minLength: 1, maxLength: 24 });
    /** Long waits are longer than the counter of translated code. */
    const command: Model['command'] = (cycle, { funct, rs1, rs2 }, reply) => {
      reply.low = (Math.imul(rs1, 31) ^ rs2 ^ cycle) | 0;
      reply.high = reply.low >> 31;
      return cycle + [0, 0, 1, 7, 100, 70_000, 3_000_000_000][funct]!;
    };
    fc.assert(
      fc.property(program, (body) => {
        const lines = ['auipc x14, 1', ...body, `jal x0, ${-4 * body.length}`];
        const ends = engines.map((engine) => {
          const machine = load(bits, lines, { command }, { engine, cycleModel });
          machine.run({ maxInstructions: 40 * body.length, timeout: 10 });
          machine.run({ maxInstructions: 17, timeout: 10 });
          return look(machine);
        });
        for (const end of ends) expect(end).toEqual(ends[0]);
      }),
      { numRuns: 25 },
    );
  });

  it('suspend the core until it is woken', () => {
    const ends = engines.map((engine) => {
      let [ready, tries] = [false, 0];
      let context: AcceleratorContext | undefined;
      const command: Model['command'] = (cycle, { funct }, reply, given) => {
        context = given;
        if (funct === 1) {
          tries++;
          if (!ready) throw new Suspension();
          reply.low = 77;
          reply.high = 0;
        }
        return cycle;
      };
      const lines = [
        'addi x6, x0, 1000',
        'custom1 0',
        'addi x6, x6, -1',
        'bne x6, x0, -8',
        'custom1.d 1, x7',
        'addi x8, x7, 1',
        'jal x0, 0',
      ];
      const machine = load(bits, lines, { command, suspends: true }, { engine });
      expect([machine.run({ timeout: 10 }), machine.pc, tries]).toEqual([{ reason: 'waiting' }, base + 16, 1]);
      expect(machine.run({ timeout: 10 })).toEqual({ reason: 'waiting' });
      ready = true;
      context!.wake(123_456);
      machine.run({ maxInstructions: 20 });
      expect([machine.register(8), tries]).toEqual([78n, 2]);
      return look(machine);
    });
    for (const end of ends) expect(end).toEqual(ends[0]);
  });

  it.each(engines)('that the accelerator refuses end the run on the engine %s where they stand', (engine) => {
    const command: Model['command'] = (cycle, { rs1 }) => {
      if (rs1 === 500) throw new RangeError('no more');
      return cycle;
    };
    const machine = load(bits, ['addi x6, x6, 1', 'custom1.s 0, x6', 'jal x0, -8'], { command }, { engine });
    expect(() => machine.run({ timeout: 10 })).toThrow('no more');
    expect([machine.pc, machine.instructions, machine.register(6)]).toEqual([base + 4, 1498, 500n]);
  });
});

it('an accelerator and the cores take turns at the banks', () => {
  const { rows } = profile('rv32imac_zicsr_zifencei', [...rocc(device.custom, 0), waitingFence]);
  // Core 0 gives the command 0 or 1 and loads from one bank; core 1 loads from another one.
  const lines = [
    ...['auipc x14, 1', 'csrrs x5, 0xf14, x0', 'bne x5, x0, 36', 'custom1.s 0, x6', 'addi x7, x0, 100', 'lw x8, 0(x14)', 'addi x7, x7, -1'],
    ...['bne x7, x0, -8', 'csrrs x9, 0xb00, x0', 'addi x6, x0, 1', 'jal x0, -28', 'lw x8, 4(x14)', 'jal x0, -4'],
  ];
  const code = new Uint8Array(0x2000);
  code.set(new Uint8Array(Uint32Array.from(lines, (line) => assemble(line, rows)).buffer));
  const runs = engines.map((engine) => {
    const given: number[] = [];
    const machine = Machine.load(makeElf({ bits: 32, code }), {
      machine: {
        ...cluster,
        cores: [{ ...cluster.cores[0], isa: 'rv32imac_zicsr_zifencei', count: 2 }],
        devices: { ...cluster.devices, test: device },
      },
      accelerators: {
        test: ({ access }) => ({
          command: (cycle, { rs1 }) => {
            given.push(cycle);
            for (let at = 0; rs1 !== 0 && at < 400; at++) access(cycle + at, base + 0x1000, 4);
            return cycle;
          },
          fence: (cycle) => cycle,
        }),
      },
      engine,
    });
    while (given.length < 3) machine.run({ maxInstructions: 10 });
    return { given, counters: machine.counters };
  });
  for (const run of runs) expect(run).toEqual(runs[0]);
  const [first, second, third] = runs[0]!.given as [number, number, number];
  expect(third - second).toBeGreaterThan(second - first + 390);
});

it('a machine whose accelerator nobody knows is refused', () => {
  const machine = { ...rv64, devices: { ...rv64.devices, test: device } };
  expect(() => Machine.load(makeElf({ bits: 64, code: new Uint8Array(8) }), { machine })).toThrow(
    'machine rv64: found the accelerator test, expected a machine without accelerators. Give what it does in the option accelerators.',
  );
});

describe('memory in flight', () => {
  it('refuses loads of what is written and stores into what is read or written, to the byte', () => {
    const changes: boolean[] = [];
    const inFlight = new InFlight(base, new Uint8Array(512), (some) => changes.push(some));
    inFlight.begin({ by: 'a', access: 'write', address: base + 100, bytes: 8 });
    inFlight.begin({ by: 'b', access: 'read', address: base + 5000, bytes: 4 });
    const refuses = (address: number, bytes: number, access: 'load' | 'store'): boolean => {
      try {
        inFlight.check(address, bytes, access);
      } catch (error) {
        expect(error).toBeInstanceOf(MissingFence);
        return true;
      }
      return false;
    };
    expect([
      refuses(base + 99, 1, 'load'),
      refuses(base + 99, 2, 'load'),
      refuses(base + 107, 4, 'store'),
      refuses(base + 108, 4, 'store'),
    ]).toEqual([...[false, true, true, false]]);
    expect([refuses(base + 5000, 4, 'load'), refuses(base + 4996, 8, 'store')]).toEqual([false, true]);
    expect(() => inFlight.check(base + 5000, 1, 'store')).toThrow('missing fence: b still reads there: store access');
    const marked = (mark: number): number[] => [...inFlight.marks].flatMap((each, at) => (each === mark ? [at] : []));
    const current = inFlight.mark;
    expect([marked(current), marked(current - 1)]).toEqual([[5, 6], [312]]);
    inFlight.end('a');
    expect([refuses(base + 100, 1, 'load'), refuses(base + 5000, 1, 'store'), changes]).toEqual([false, true, [true]]);
    inFlight.end('b', ({ address }) => address > base + 6000);
    expect(changes).toEqual([true]);
    inFlight.end('b');
    inFlight.end('b');
    expect([changes, [...inFlight.marks].includes(inFlight.mark)]).toEqual([[true, false], false]);
  });

  it('forgets as often as it likes, and knows random flights to the byte', () => {
    const size = 4096;
    const inFlight = new InFlight(base, new Uint8Array(size >> markShift), () => {});
    const row = fc.record({
      access: fc.constantFrom('read' as const, 'write' as const),
      address: fc.integer({ min: 0, max: 2000 }),
      bytes: fc.integer({ min: 1, max: 70 }),
      rows: fc.integer({ min: 1, max: 5 }),
      gap: fc.integer({ min: 0, max: 90 }),
    });
    const access = fc.tuple(
      fc.integer({ min: 0, max: 2500 }),
      fc.constantFrom(1, 2, 4, 8),
      fc.constantFrom('load' as const, 'store' as const),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 6 }), fc.array(access, { maxLength: 40 }), (flights, accesses) => {
        const taken = new Map<number, Set<string>>();
        for (const { access, address, bytes, rows, gap } of flights) {
          inFlight.begin({ by: 'a', access, address: base + address, bytes, rows, stride: bytes + gap });
          for (let at = 0; at < rows * bytes; at++) {
            const byte = address + Math.floor(at / bytes) * (bytes + gap) + (at % bytes);
            taken.set(byte, (taken.get(byte) ?? new Set()).add(access));
          }
        }
        for (const [address, bytes, kind] of accesses) {
          const meets = Array.from({ length: bytes }, (_, i) => taken.get(address + i)).some(
            (uses) => uses !== undefined && (kind === 'store' || uses.has('write')),
          );
          const check = (): void => inFlight.check(base + address, bytes, kind);
          if (meets) expect(check).toThrow(MissingFence);
          else expect(check).not.toThrow();
        }
        inFlight.end('a');
      }),
      { numRuns: 300 },
    );
  });

  it('marks every 2^4 bytes from which an access may reach it', () => {
    const check = (address: number, bytes: number): void => {
      const inFlight = new InFlight(base, new Uint8Array(4096), () => {});
      inFlight.begin({ by: 'a', access: 'write', address: base + address, bytes });
      const touching = Array.from(
        { length: Math.min(address + bytes, 64 << 10) - Math.max(0, address - 7) },
        (_, i) => Math.max(0, address - 7) + i,
      );
      expect(touching.every((at) => inFlight.marks[at >> markShift] === inFlight.mark)).toBe(true);
    };
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 1, max: 5000 }), check));
    check(1024, 1);
    check(64, 1);
    check(0, 1);
  });
});
