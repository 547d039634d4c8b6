import { parseElf } from '../../src/formats/elf.ts';
import { rv32, rv64 } from '../../src/hardware/rv64.ts';
import { Clint } from '../../src/simulator/devices/clint.ts';
import { Htif } from '../../src/simulator/devices/htif.ts';
import type { Core } from '../../src/simulator/riscv/core.ts';
import { Core32 } from '../../src/simulator/riscv/core32.ts';
import { Core64 } from '../../src/simulator/riscv/core64.ts';
import { Interpreter } from '../../src/simulator/riscv/interpreter.ts';
import { Bus } from '../../src/simulator/riscv/memory.ts';
import { type Profile, profile } from '../../src/simulator/riscv/profile.ts';
import { coreRegisters, linearMemory } from '../../src/simulator/wasm/translator/layout.ts';
import { Translator } from '../../src/simulator/wasm/translator/translator.ts';
import { poisoned } from './poison.ts';

/** The interpreter, and the translator with each strategy. */
export const engines = ['interpreter', 'structured', 'block'] as const;
export type Engine = (typeof engines)[number];

export interface RunOptions {
  /** `fresh` is the interpreter without memory: it decodes every instruction again, so stores to code take effect at once. */
  readonly engine: Engine | 'fresh';
  readonly isa: string;
  /** After as many the run ends without an exit code. */
  readonly maxInstructions?: number;
  /** Small, where there are many tests. */
  readonly memoryBytes?: number;
  /** A byte that fills what surrounds the guest's memory in the linear memory, but for the core's state. */
  readonly poison?: number | undefined;
  /** Sees every access to memory of an interpreter. */
  readonly observe?: Parameters<Core['observe']>[0];
}

export interface Finished {
  /** Undefined when the program did not end by itself. */
  readonly code: number | undefined;
  readonly console: string;
  readonly core: Core;
  /** Instructions of a translator's run that the interpreter did for it. */
  readonly interpreted: number;
  /** Whether the poison is where it was. */
  readonly isIntact: boolean;
}

const base = rv64.memories.ram.base;
/** Cycles between two looks at the end and the instruction limit. */
const slice = 1_000_000;
const profiles = new Map<string, Profile>();
const profileOf = (isa: string): Profile => {
  const known = profiles.get(isa) ?? profile(isa);
  profiles.set(isa, known);
  return known;
};
const timer = 1 << 7;
const software = 1 << 3;

/**
 * One core with memory, HTIF and CLINT around an engine, without anything that makes a machine comfortable: a second way to put the parts together.
 * Device time is the core's cycles, so both engines see interrupts at the same instruction.
 */
export function run(
  elf: Uint8Array,
  { engine, isa, maxInstructions = Number.POSITIVE_INFINITY, memoryBytes: size = 8 << 20, poison, observe }: RunOptions,
): Finished {
  const { bits, segments, symbols, entry } = parseElf(elf, 'program');
  const guarded = poison === undefined ? undefined : poisoned(size, bits, poison);
  const { memory, bytes } = guarded ?? linearMemory(size);
  for (const { loadAddress, data } of segments) {
    if (loadAddress >= base && loadAddress + data.length <= base + size) bytes.set(data, loadAddress - base);
  }
  const bus = new Bus([{ base, bytes }]);
  const { extensions, floatsInX, decoder } = profileOf(isa);
  const options = { bus, extensions, floatsInX, registers: coreRegisters(memory, 0, bits) };
  const core = bits === 32 ? new Core32(options) : new Core64(options);
  if (observe) core.observe(observe);

  let code: number | undefined;
  let console = '';
  const addressOf = (name: string): number | undefined => symbols.find((symbol) => symbol.name === name)?.address;
  const environment = {
    write: (_: 'out' | 'err', text: Uint8Array) => {
      console += Buffer.from(text).toString('latin1');
    },
    read: () => new Uint8Array(0),
    exit: (value: number) => {
      code = value;
      core.deadline = core.cycle;
    },
    commandLine: 'program',
    microseconds: () => 0,
  };
  const host = addressOf('tohost');
  if (host !== undefined) bus.attach({ base: host, size: 8, device: new Htif(bus, environment, addressOf('fromhost')) });
  const { base: clintBase, bytes: clintSize, cyclesPerTick } = (bits === 32 ? rv32 : rv64).devices.clint;
  let due = Number.POSITIVE_INFINITY;
  const ticks = (): number => Math.floor(core.cycle / cyclesPerTick);
  const lookAtTimer = (): void => {
    core.pending = core.cycle >= due ? core.pending | timer : core.pending & ~timer;
  };
  const clint = new Clint(1, {
    ticks,
    software: (_, pending) => {
      core.pending = pending ? core.pending | software : core.pending & ~software;
    },
    timer: (_, tick) => {
      due = tick * cyclesPerTick;
      core.deadline = Math.min(core.deadline, due);
      lookAtTimer();
    },
  });
  bus.attach({ base: clintBase, size: clintSize, device: clint });
  core.devicesChanged();
  core.clock = () => BigInt(ticks());
  core.pc = entry | 0;
  core.pcHigh = 0;

  const interpreter = new Interpreter(core, decoder);
  const strategy = engine === 'block' ? 'block' : 'structured';
  const translator = new Translator({ memory, interpreter, decoder, strategy, warm: 1 });
  if (engine === strategy) translator.prepare([entry, ...symbols.filter(({ kind }) => kind === 'function').map(({ address }) => address)]);
  let interpreted = 0;
  for (const way of ['advance', 'advanceBlock'] as const) {
    const original = interpreter[way].bind(interpreter);
    interpreter[way] = () => {
      const before = core.instret;
      const yields = original();
      interpreted += core.instret - before;
      return yields;
    };
  }
  const fresh = {
    run: (): void => {
      do interpreter.flush();
      while (!(interpreter.step() && (core.waiting || core.cycle >= core.deadline)));
    },
  };
  const driver = { interpreter, structured: translator, block: translator, fresh }[engine];
  const limit = core.cycle + maxInstructions;
  while (code === undefined && core.cycle < limit) {
    lookAtTimer();
    const next = due > core.cycle ? due : Number.POSITIVE_INFINITY;
    core.deadline = Math.min(core.cycle + slice, limit, next);
    driver.run();
    if (core.waiting) {
      if (due === Number.POSITIVE_INFINITY) break;
      core.cycle = Math.max(core.cycle, due);
    }
  }
  return { code, console, core, interpreted, isIntact: guarded?.isIntact() ?? true };
}
