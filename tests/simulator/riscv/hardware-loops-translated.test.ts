import { expect, test } from 'vitest';
import { cluster } from '../../../src/hardware/cluster.ts';
import { type EngineName, Machine } from '../../../src/simulator/machine.ts';
import { assemble } from '../../../src/simulator/riscv/assemble.ts';
import { Core32 } from '../../../src/simulator/riscv/core32.ts';
import { Interpreter } from '../../../src/simulator/riscv/interpreter.ts';
import { Bus } from '../../../src/simulator/riscv/memory.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { coreRegisters, linearMemory } from '../../../src/simulator/wasm/translator/layout.ts';
import { Translator } from '../../../src/simulator/wasm/translator/translator.ts';
import type { Strategy } from '../../../src/simulator/wasm/translator/units.ts';
import { makeElf } from '../elf.ts';

const { rows, decoder, extensions, floatsInX } = profile('rv32imc_zfinx_xpulpv2');
const base = 0x80000000;
const handler = 0x4000;
const data = 0x8000;

function machine(strategy: Strategy | undefined) {
  const { memory, bytes } = linearMemory(0x10000);
  const bus = new Bus([{ base, bytes }]);
  const core = new Core32({ bus, extensions, floatsInX, registers: coreRegisters(memory, 0, 32) });
  const interpreter = new Interpreter(core, decoder);
  const translator = new Translator({ memory, interpreter, decoder, strategy });
  core.pc = base | 0;
  core.csrs.set(0x305, BigInt(base + handler));
  const write = (at: number, lines: readonly string[]): void => {
    for (const line of lines) {
      const word = assemble(line, rows);
      bus.view.setUint16(at, word & 0xffff, true);
      if ((word & 3) === 3) bus.view.setUint16(at + 2, word >>> 16, true);
      at += (word & 3) === 3 ? 4 : 2;
    }
  };
  // An exception goes on with the next instruction.
  write(handler, ['csrrs x30, 833, x0', 'addi x30, x30, 4', 'csrrw x0, 833, x30', 'addi x29, x29, 1', 'mret']);
  return { core, bus, write, translator, engine: strategy ? translator : interpreter };
}

/** What is seen from outside. */
const state = ({ core, bus }: ReturnType<typeof machine>) => ({
  pc: core.pc >>> 0,
  retired: core.instret,
  cycle: core.cycle,
  x: core.x.subarray(0, 32).join(),
  loops: core.loops.join(),
  memory: bus.main.bytes.subarray(data - 256, data + 4096).join(),
});

function generator(seed: number): (below: number) => number {
  let value = seed * 2654435761 + 1;
  return (below) => {
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    return (value >>> 0) % below;
  };
}
type Random = ReturnType<typeof generator>;

/** A line of assembly whose distances are labels in braces; a label on a line of its own stands for the address of the next instruction. */
type Line = string;

const plain = [
  'addi x10, x10, 3',
  'c.addi x11, 1',
  'c.add x12, x11',
  'p.lw x13, 4(x8!)',
  'p.sw x12, 4(x9!)',
  'pv.sdotsp.b x14, x13, x12',
  'p.mac x15, x11, x10',
  'xor x16, x16, x14',
  'lw x17, 0(x18)', // an exception now and then
  'p.addRNi x16, x16, x12, 3',
];
const exceptional = [
  'lw x17, 0(x0)',
  'csrrs x19, 1986, x0',
  'csrrs x19, 1990, x0',
  'csrrs x20, 2816, x0',
  'csrrw x0, 1986, x21',
  'ebreak',
  'fence.i',
];

function body(next: Random, depth: number, fresh: () => string, ends: readonly string[]): Line[] {
  const lines: Line[] = [];
  const items = 1 + next(5);
  for (let i = 0; i < items; i++) {
    const kind = next(12);
    if (kind < 6) lines.push(plain[next(plain.length)]!);
    else if (kind === 6) lines.push(exceptional[next(exceptional.length)]!);
    else if (kind === 7) {
      const over = next(3) === 0 && ends.length > 0 ? ends[next(ends.length)]! : fresh();
      lines.push(`bne x${10 + next(4)}, x${next(16)}, {${over}}`, plain[next(plain.length)]!);
      if (!ends.includes(over)) lines.push(`${over}:`, plain[next(plain.length)]!);
    } else if (depth < 3) lines.push(...loop(next, depth, fresh, ends));
  }
  return lines.length > 0 ? lines : [plain[next(plain.length)]!];
}

function loop(next: Random, depth: number, fresh: () => string, ends: readonly string[]): Line[] {
  const id = next(8) === 0 ? next(2) : depth === 0 ? 1 : 0;
  const [start, end, after] = [fresh(), fresh(), fresh()];
  const count = [0, 1, 2, 3, 7, 12][next(6)]!;
  const inner = body(next, depth + 1, fresh, [...ends, after]);
  // The last line of the body carries the end's label: the inner loop's last one too, where that comes last.
  const last = inner.findLastIndex((line) => !line.endsWith(':'));
  const tail = [...inner.slice(0, last), `${end}:`, ...inner.slice(last)];
  const counted = next(2) ? [`lp.counti ${id}, ${count}`] : [`addi x22, x0, ${count}`, `lp.count ${id}, x22`];
  const pieces = [counted, [`lp.starti ${id}, {${start}/2}`], [`lp.endi ${id}, {${end}/2}`]];
  const setups = [
    [`addi x22, x0, ${count}`, `lp.setup ${id}, x22, {${end}/2}`],
    [`lp.setupi ${id}, ${count}, {${end}/2}`],
    [0, 1, 2].sort(() => next(3) - 1).flatMap((i) => pieces[i]!),
  ];
  return [...setups[next(3)]!, `${start}:`, ...tail, `${after}:`];
}

/** Puts distances in bytes, or in halves, in the places of labels. */
function resolve(lines: readonly Line[]): string[] {
  const at = new Map<string, number>();
  const code: [line: string, place: number][] = [];
  let place = 0;
  for (const line of lines) {
    if (line.endsWith(':')) at.set(line.slice(0, -1), place);
    else {
      code.push([line, place]);
      place += line.startsWith('c.') ? 2 : 4;
    }
  }
  return code.map(([line, from]) =>
    line.replace(/\{(\w+)(\/2)?\}/, (_, label: string, halves?: string) => {
      const distance = (at.get(label) ?? place) - from;
      return String(halves ? Math.min(distance / 2, line.startsWith('lp.setupi') ? 31 : 4095) : distance);
    }),
  );
}

function run(seed: number, strategy?: Strategy) {
  const next = generator(seed);
  const made = machine(strategy);
  const { core, bus, write, engine, translator } = made;
  let labels = 0;
  const fresh = (): string => `L${labels++}`;
  const lines = [...body(next, 0, fresh, []), ...loop(next, 0, fresh, []), ...body(next, 0, fresh, [])];
  write(0, resolve(['again:', ...lines, 'addi x31, x31, -1', 'c.addi x5, 1', 'bne x31, x0, {again}', 'jal x0, 0']));
  for (let i = data - 256; i < data + 4096; i += 4) bus.view.setInt32(i, next(2 ** 32), true);
  for (let i = 10; i < 22; i++) core.x[i] = next(2) ? next(8) : next(2 ** 32);
  core.x[8] = base + data;
  core.x[9] = base + data + 1024;
  core.x[18] = base + data + (next(3) ? 0 : 2 ** 30);
  core.x[21] = next(5);
  core.x[31] = 20;
  if (next(2)) translator.prepare([base]);
  const states = [];
  for (let i = 0; i < 6; i++) {
    core.deadline = core.cycle + 1 + next(i < 3 ? 30 : 1500);
    engine.run();
    states.push(state(made));
  }
  return states;
}

test('random hardware loops leave the same registers, loops, memory and counters as in the interpreter, at every deadline', () => {
  for (let seed = 1; seed <= 120; seed++) {
    expect(run(seed, seed % 3 === 0 ? 'block' : 'structured'), `seed ${seed}`).toEqual(run(seed));
  }
});

/** The same on all cores of the cluster: the places of their data are apart, and their banks are not. */
function runOnCluster(seed: number, engine: EngineName) {
  const next = generator(seed);
  let labels = 0;
  const fresh = (): string => `L${labels++}`;
  const lines = [...body(next, 1, fresh, []), ...loop(next, 0, fresh, []), ...body(next, 0, fresh, [])];
  const skip = ['csrrs x30, 833, x0', 'addi x30, x30, 4', 'csrrw x0, 833, x30', 'mret'];
  const places = [
    'csrrs x6, 3860, x0',
    'slli x6, x6, 10',
    'lui x8, 524304',
    'add x8, x8, x6',
    'addi x9, x8, 512',
    'addi x18, x8, 4',
    'addi x31, x0, 20',
  ];
  const program = ['jal x0, {main}', ...skip, 'main:', 'auipc x30, 0', 'addi x30, x30, -16', 'csrrw x0, 773, x30', ...places];
  const code = resolve([...program, 'again:', ...lines, 'addi x31, x31, -1', 'c.addi x5, 1', 'bne x31, x0, {again}', 'jal x0, 0']);
  const halves = code.flatMap((line) => {
    const word = assemble(line, rows);
    return (word & 3) === 3 ? [word & 0xffff, word >>> 16] : [word];
  });
  const elf = makeElf({ bits: 32, code: new Uint8Array(Uint16Array.from(halves).buffer), memoryBytes: 0x20000 });
  const simulated = Machine.load(elf, { machine: cluster, engine });
  return [300, 700, 5000].map((maxInstructions) => {
    const outcome = simulated.run({ maxInstructions });
    const registers = Array.from({ length: 31 }, (_, i) => simulated.register(i + 1));
    return {
      outcome,
      pc: simulated.pc,
      registers,
      counters: simulated.counters,
      memory: simulated.readMemory(base + 0x10000, 0x2400)?.join(),
    };
  });
}

test('they do on eight cores too, with the cycles of the cluster', () => {
  for (let seed = 1; seed <= 25; seed++)
    expect(runOnCluster(seed, 'translator'), `seed ${seed}`).toEqual(runOnCluster(seed, 'interpreter'));
});
