import { expect, test } from 'vitest';
import { rv32 } from '../../../src/hardware/rv64.ts';
import { engines } from '../../../src/simulator/engines.ts';
import { type Accelerator, type AcceleratorContext, type EngineName, Machine, type Outcome } from '../../../src/simulator/machine.ts';
import { assemble } from '../../../src/simulator/riscv/assemble.ts';
import { Core32 } from '../../../src/simulator/riscv/core32.ts';
import { Interpreter } from '../../../src/simulator/riscv/interpreter.ts';
import { Bus, type Device } from '../../../src/simulator/riscv/memory.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { Suspension } from '../../../src/simulator/riscv/suspension.ts';
import { coreRegisters, linearMemory } from '../../../src/simulator/wasm/translator/layout.ts';
import { Translator } from '../../../src/simulator/wasm/translator/translator.ts';
import { makeElf } from '../elf.ts';

const { decoder, extensions, rows } = profile('rv32imc_xpulpv2');
const base = 0x1c00_0000;
const events = 0x2000_0000;

/** An event unit of one line: a store triggers it, p.elw waits for it and takes it, any other load looks at it. */
class EventLine implements Device {
  pending = 0;
  tries = 0;
  read(): number {
    return this.pending;
  }
  write(_: number, __: number, value: number): boolean {
    this.pending = value;
    return true;
  }
  readEvent(): number {
    this.tries++;
    if (this.pending === 0) throw new Suspension();
    const event = this.pending;
    this.pending = 0;
    return event;
  }
}

test.each(['interpreter', 'translator'] as const)('p.elw waits on the %s for an event that a load only looks at', (engine) => {
  const { memory, bytes } = linearMemory(0x1000);
  const line = new EventLine();
  const bus = new Bus([{ base, bytes }], [{ base: events, size: 16, device: line }]);
  const core = new Core32({ bus, extensions, registers: coreRegisters(memory, 0, 32) });
  const interpreter = new Interpreter(core, decoder);
  const driver = engine === 'interpreter' ? interpreter : new Translator({ memory, interpreter, decoder, warm: 1 });
  const program = [
    ...[
      'lui x5, 0x20000',
      'addi x6, x0, 5',
      'lw x7, 0(x5)',
      'sw x6, 0(x5)',
      'lw x8, 0(x5)',
      'p.elw x9, 0(x5)',
      'addi x6, x6, -1',
      'bne x6, x0, -20',
    ],
    ...['p.elw x10, 0(x5)', 'addi x11, x10, 1', 'jal x0, 0'],
  ];
  bytes.set(new Uint8Array(Uint32Array.from(program, (text) => assemble(text, rows)).buffer));
  core.pc = base;
  core.deadline = 1000;
  driver.run();
  expect([core.waiting, core.pc, line.tries, [7, 8, 9].map((register) => core.x[register])]).toEqual([true, base + 32, 6, [0, 1, 1]]);
  expect([core.instret, core.cycle]).toEqual([2 + 5 * 6, 2 + 5 * 6 + 1]);
  driver.run();
  expect(line.tries).toBe(6);
  line.pending = 0x40;
  core.waiting = false;
  core.cycle = 500;
  core.deadline = 510;
  driver.run();
  expect([core.x[11], line.tries, core.pc]).toEqual([0x41, 7, base + 40]);
});

/** An accelerator behind addresses: a store gives it an address, at which a word is counted up 300 cycles later; p.elw at its second word waits for that. */
const counter = ({ name, memory, inFlight, agent }: AcceleratorContext): Accelerator => {
  const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
  let job: { readonly address: number; readonly done: number } | undefined;
  return {
    fence: (cycle) => cycle,
    registers: {
      read: () => 0,
      write: (_, __, value) => {
        const address = value >>> 0;
        job = { address, done: agent().cycle + 300 };
        inFlight.begin({ by: name, access: 'write', address, bytes: 4 });
        return true;
      },
      readEvent: () => {
        if (job === undefined) return 0;
        const { address, done } = job;
        if (agent().cycle < done) throw new Suspension(done);
        view.setInt32(address - memory.base, view.getInt32(address - memory.base, true) + 1, true);
        inFlight.end(name);
        job = undefined;
        return done;
      },
    },
  };
};
const machine = {
  ...rv32,
  cores: [{ ...rv32.cores[0], isa: 'rv32imc_zicsr_zifencei_xpulpv2' }],
  devices: { counter: { kind: 'accelerator', model: 'counter', base: events, bytes: 16 } },
} as const;
const run = (
  engine: EngineName,
  lines: readonly string[],
  maxInstructions: number,
): { readonly outcome: Outcome; readonly machine: Machine } => {
  const code = new Uint8Array(0x1100);
  code.set(new Uint8Array(Uint32Array.from(lines, (text) => assemble(text, profile(machine.cores[0].isa).rows)).buffer));
  const loaded = Machine.load(makeElf({ bits: 32, code, symbols: { start: 0 } }), { machine, accelerators: { counter }, engine });
  return { outcome: loaded.run({ maxInstructions, timeout: 10 }), machine: loaded };
};
const start = ['auipc x14, 1', 'lui x5, 0x20000'];

test('an accelerator behind addresses is waited for until a cycle that it knows, the same on every engine', () => {
  const loop = ['addi x6, x6, 1', 'sw x14, 0(x5)', 'addi x7, x6, 3', 'p.elw x9, 4(x5)', 'lw x8, 0(x14)', 'add x10, x10, x8', 'jal x0, -24'];
  const ends = (Object.keys(engines) as EngineName[]).map((engine) => {
    const { machine: ended } = run(engine, [...start, ...loop], 7 * 20 + 2);
    return { ...ended.counters[0], registers: [6, 8, 9, 10].map((register) => ended.register(register)) };
  });
  for (const end of ends) expect(end).toEqual(ends[0]);
  expect(ends[0]!.registers[1]).toBe(20n);
  expect(ends[0]!.cycles).toBeGreaterThan(20 * 300);
});

test('a load that does not wait for it is reported', () => {
  for (const engine of Object.keys(engines) as EngineName[]) {
    const { outcome } = run(engine, [...start, 'sw x14, 0(x5)', 'lw x8, 0(x14)', 'jal x0, 0'], 100);
    expect(outcome).toMatchObject({
      reason: 'fault',
      fault: { cause: 'missing fence: counter still writes there: load access', value: 0x80001000n },
    });
  }
});
