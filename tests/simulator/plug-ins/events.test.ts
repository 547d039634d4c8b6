import { expect, test } from 'vitest';
import { assemble } from '../../../src/simulator/riscv/assemble.ts';
import { Core32 } from '../../../src/simulator/riscv/core32.ts';
import { Interpreter } from '../../../src/simulator/riscv/interpreter.ts';
import { Bus, type Device } from '../../../src/simulator/riscv/memory.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { Suspension } from '../../../src/simulator/riscv/suspension.ts';
import { coreRegisters, linearMemory } from '../../../src/simulator/wasm/translator/layout.ts';
import { Translator } from '../../../src/simulator/wasm/translator/translator.ts';

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
