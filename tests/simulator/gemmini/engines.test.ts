import { describe, expect, it } from 'vitest';
import { gemminiMachine } from '../../../src/hardware/gemmini.ts';
import { functs } from '../../../src/simulator/devices/gemmini/operands.ts';
import { describeFault } from '../../../src/simulator/fault.ts';
import { type EngineName, Machine } from '../../../src/simulator/machine.ts';
import { assemble } from '../../../src/simulator/riscv/assemble.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { rocc, waitingFence } from '../../../src/simulator/riscv/rows/rocc.ts';
import { base, makeElf } from '../elf.ts';
import { bitsOf, random, randomBytes, sums } from './harness.ts';

const engines = ['interpreter', 'structured', 'block'] as const satisfies readonly EngineName[];
const { rows } = profile(gemminiMachine.cores[0].isa, [...rocc(3, 0), waitingFence]);

/** Operands of commands begin at the first offset, what the core works on at the second one, and what the array loads and stores at the others. */
const [table, core, source, target, end] = [0x1000, 0x4000, 0x8000, 0x1_0000, 0x2_0000];
type Pair = readonly [low: number, high: number];
const operand = (local: number, height: number, width: number): Pair => [local, (height << 16) | width];

interface Program {
  readonly lines: readonly string[];
  readonly operands: readonly Pair[];
}

/**
 * A loop of commands and of what the core does between them: it computes, misses the caches, and touches what may be in flight in the source and the target,
 * more rarely where most of what is given is ordered by fences.
 */
function randomProgram(seed: number): Program {
  const next = random(seed);
  const below = (count: number): number => Math.floor(next() * count);
  const carefully = seed % 3 !== 0;
  const lines: string[] = [];
  const operands: Pair[] = [];
  const command = (funct: number, first: Pair, second: Pair): void => {
    const at = 8 * operands.length;
    operands.push(first, second);
    lines.push(`ld x5, ${at}(x14)`, `ld x6, ${at + 8}(x14)`, `custom3.st ${funct}, x5, x6`);
  };
  const address = (from: number): Pair => [base + from + 0x800 + below(0x400) * 4, 0];
  const tile = (): number => (next() < 0.7 ? 16 : 1 + below(16));
  const inScratchpad = (): number => below(60) * 16;
  const inAccumulator = (): number => sums(below(30) * 16, { accumulate: next() < 0.4, full: next() < 0.3 });
  const core64 = ['mul x8, x5, x6', 'div x9, x6, x7', 'add x7, x8, x9', 'fcvt.d.l f1, x7', 'fmul.d f2, f1, f2', 'fdiv.d f3, f1, f2'];
  const touch = (): string => {
    const register = carefully ? 'x12' : ['x12', 'x11', 'x10'][below(3)];
    return `${['ld x7', 'sd x8', 'lbu x9', 'sb x6'][below(4)]}, ${8 * (below(500) - 250)}(${register})`;
  };
  command(functs.configure, [4 | (1 << 16), bitsOf(1)], [0, 1 << 16]);
  command(functs.configure, [1 | (1 << 8) | (16 << 16), bitsOf(1)], [64, 0]);
  command(functs.configure, [2, 0], [64, bitsOf(0.01)]);
  while (operands.length < 120) {
    const kind = below(20);
    if (kind === 0) command(functs.configure, [2, 0], [[16, 64, 72][below(3)]!, bitsOf(0.02)]);
    else if (kind === 1) command(functs.configure, [1 | (1 << 8) | (16 << 16), bitsOf(1)], [[0, 16, 64, 80][below(4)]!, 0]);
    else if (kind === 2) command(functs.configure, [4 | (below(2) << 8) | (1 << 16), bitsOf(1)], [0, 1 << 16]);
    else if (kind < 6) command(functs.load, address(source), operand(inScratchpad(), tile(), 16 * (1 + below(4))));
    else if (kind < 9) {
      command(functs.preload, operand(inScratchpad(), tile(), tile()), operand(next() < 0.7 ? inAccumulator() : inScratchpad(), 8, 16));
      command(functs.computePreloaded, operand(inScratchpad(), 16, 16), operand(-1, 16, 16));
    } else if (kind < 11) command(functs.store, address(target), operand(inAccumulator(), next() < 0.5 ? 1 : tile(), 16));
    else if (kind === 11) lines.push('fence 15, 15');
    else if (kind === 12) lines.push('beq x8, x9, 8', 'addi x9, x9, 1');
    else if (kind === 13) lines.push('custom3.ds 126, x7, x0');
    else if (kind < 17) lines.push(touch());
    else lines.push(core64[below(core64.length)]!);
  }
  if (carefully) lines.push('fence 15, 15');
  return { lines, operands };
}

function run({ lines, operands }: Program, seed: number, engine: EngineName): object {
  const code = new Uint8Array(end);
  const places = [
    [14, table],
    [12, core],
    [11, source + 0x1000],
    [10, target + 0x1000],
  ] as const;
  const start = places.flatMap(([x, offset], i) => [`auipc x${x}, ${offset >> 12}`, `addi x${x}, x${x}, ${-8 * i}`]);
  const program = [...start, 'lui x5, 6', 'csrrs x0, 0x300, x5', ...lines, `jal x0, ${-4 * lines.length}`];
  code.set(new Uint8Array(Uint32Array.from(program, (line) => assemble(line, rows)).buffer));
  const view = new DataView(code.buffer);
  for (const [i, [low, high]] of operands.entries()) {
    view.setUint32(table + 8 * i, low >>> 0, true);
    view.setUint32(table + 8 * i + 4, high >>> 0, true);
  }
  code.set(new Uint8Array(randomBytes(target - core, random(seed + 1)).buffer), core);
  const machine = Machine.load(makeElf({ bits: 64, code, symbols: { start: 0 } }), {
    memoryBytes: 1 << 18,
    machine: gemminiMachine,
    engine,
  });
  const outcome = machine.run({ maxInstructions: 2500, timeout: 60 });
  return {
    outcome: outcome.reason === 'fault' ? describeFault(outcome.fault) : outcome.reason,
    pc: machine.pc,
    instructions: machine.instructions,
    cycles: machine.cycles,
    registers: Array.from({ length: 32 }, (_, i) => [machine.register(i), machine.floatRegister(i)]),
    memory: Buffer.from(machine.readMemory(base, end)!).toString('base64'),
  };
}

describe('commands and memory in flight', () => {
  it('come out the same on every engine: cycles, registers, memory and the access that misses a fence', () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 9; seed++) {
      const program = randomProgram(seed);
      const [first, ...others] = engines.map((engine) => run(program, seed, engine));
      for (const other of others) expect(other, `seed ${seed}`).toEqual(first);
      outcomes.add(String((first as { outcome: string }).outcome).split(':')[0]!);
    }
    expect([...outcomes].sort()).toEqual(['instruction limit', 'missing fence']);
  });
});
