import { cluster } from '../../../src/hardware/cluster.ts';
import { type EngineName, Machine } from '../../../src/simulator/machine.ts';
import { assemble, encode } from '../../../src/simulator/riscv/assemble.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import type { Row } from '../../../src/simulator/riscv/row.ts';
import { base, makeElf } from '../elf.ts';

/** Small numbers, repeatable: xorshift32. */
export function generator(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
type Random = ReturnType<typeof generator>;

const { rows, decoder } = profile(cluster.cores[0].isa);
const usable = rows.filter(
  ({ bytes, control, cycles, mnemonic }) =>
    bytes === 4 && ['next', 'branch', 'jump'].includes(control) && cycles !== 'fence' && !['p.elw', 'auipc'].includes(mnemonic),
);
const accesses = usable.filter(({ cycles }) => ['load', 'store', 'atomic'].includes(cycles));
const odd = usable.filter(({ cycles, control }) => cycles.startsWith('float') || cycles === 'divide' || control !== 'next');

/** Pointers into what all cores share, an aligned one, a distance in a register, and the registers of the loop and of the handler of exceptions. */
const [pointers, aligned, distance, spared] = [[8, 9], 19, 22, [8, 9, 18, 19, 22, 30, 31]];

function randomWord(next: Random, left: number): number {
  for (;;) {
    const kind = [usable, accesses, accesses, odd][next(4)]!;
    const row = kind[next(kind.length)] as Row;
    const operands: Record<string, number> = {};
    for (const { name, width, signed } of row.fields) {
      const value = next(2 ** Math.min(width, 31));
      operands[name] = signed && value >= 2 ** (width - 1) ? value - 2 ** width : value;
    }
    if ('rm' in operands) operands['rm'] = next(2) * 7;
    if (row.control !== 'next') operands['offset'] = 4 * (1 + next(Math.min(left, 6)));
    if (['load', 'store', 'atomic'].includes(row.cycles)) {
      operands['rs1'] = row.cycles === 'atomic' ? aligned : pointers[next(2)]!;
      for (const name of ['offset', 'imm']) if (name in operands) operands[name] = next(4) ? 4 * next(16) : next(64);
      for (const name of ['rs2', 'rs3']) if (new RegExp(`${name}\\(`).test(row.syntax)) operands[name] = distance;
    }
    if (['rd', 'fd'].some((name) => name in operands && spared.includes(operands[name]!))) continue;
    const word = encode(row, operands);
    if (decoder.decode(word)?.row === row) return word;
  }
}

/** A loop over random instructions, which all cores run at once on the same words of memory, each with registers of its own. */
function randomProgram(seed: number): Uint8Array {
  const next = generator(seed);
  const body = Array.from({ length: 12 + next(40) }, (_, i) => i);
  const words = body.map((i) => randomWord(next, body.length - i));
  const lines = [
    'jal x0, 20',
    ...['csrrs x30, mepc, x0', 'addi x30, x30, 4', 'csrrw x0, mepc, x30', 'mret'].map((line) => line.replace('mepc', '833')),
    'auipc x30, 0',
    'addi x30, x30, -16',
    'csrrw x0, 773, x30',
    'csrrs x20, 3860, x0',
    'lui x18, 524292',
    'addi x19, x18, 256',
    `addi x22, x0, ${4 * next(8) + 4}`,
    'addi x31, x0, 60',
    ...Array.from({ length: 12 }, (_, i) => `addi x${[1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17][i]}, x20, ${next(4000) - 2000}`),
  ];
  const loop = ['addi x8, x18, 128', `addi x9, x18, ${4 * next(64)}`, ...words, 'addi x31, x31, -1'];
  const end = [`bne x31, x0, ${-4 * loop.length}`, 'wfi', 'jal x0, -4'];
  const code = new Uint8Array(0x5000);
  const all = [...lines, ...loop, ...end].map((line) => (typeof line === 'number' ? line : assemble(line, rows)));
  code.set(new Uint8Array(Uint32Array.from(all).buffer));
  for (let i = 0; i < 1024; i++) code[0x4000 + i] = next(256);
  return makeElf({ bits: 32, code });
}

function stateAfter(elf: Uint8Array, engine: EngineName) {
  const machine = Machine.load(elf, { machine: cluster, engine });
  const outcome = machine.run({ maxInstructions: 200_000 });
  const registers = Array.from({ length: machine.cores }, (_, core) => {
    machine.core = core;
    return Array.from({ length: 32 }, (_, register) => Number(machine.register(register))).join(' ');
  });
  return { outcome, counters: machine.counters, registers, memory: machine.readMemory(base + 0x4000, 1024) };
}

/** What eight cores leave of random code on the interpreter and on both strategies of the translator: outcome, registers, memory, instructions and cycles. */
export function runRandomCluster(seed: number) {
  const elf = randomProgram(seed);
  const [interpreted, ...translated] = (['interpreter', 'block', 'structured'] as const).map((engine) => stateAfter(elf, engine));
  return { interpreted: interpreted!, translated };
}
