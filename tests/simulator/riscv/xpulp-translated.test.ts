import { expect, test } from 'vitest';
import { encode } from '../../../src/simulator/riscv/assemble.ts';
import { Core32 } from '../../../src/simulator/riscv/core32.ts';
import { Interpreter } from '../../../src/simulator/riscv/interpreter.ts';
import { Bus } from '../../../src/simulator/riscv/memory.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import type { Row } from '../../../src/simulator/riscv/row.ts';
import { xpulpv2 } from '../../../src/simulator/riscv/rows/xpulp.ts';
import { coreRegisters, linearMemory } from '../../../src/simulator/wasm/translator/layout.ts';
import { Translator } from '../../../src/simulator/wasm/translator/translator.ts';
import { random } from '../float/vectors.ts';

const { rows, decoder, extensions, floatsInX } = profile('rv32imc_zfinx_xpulpv2');
const find = (mnemonic: string): Row => rows.find((row) => row.mnemonic === mnemonic)!;
const base = 0x80000000;
const [pointer, step, counter] = [8, 9, 31];
const extremes = [0, -1, 0x7fffffff, 0x80000000, 0x80008000, 0x7f80ff01, 1, 0x00010003];

/** Runs the instruction twelve times in a loop, on random registers, for each of the seeds, and says what it leaves. */
function run(row: Row, seeds: readonly bigint[], translated: boolean) {
  const { memory, bytes } = linearMemory(0x10000);
  const bus = new Bus([{ base, bytes }]);
  const core = new Core32({ bus, extensions, floatsInX, registers: coreRegisters(memory, 0, 32) });
  const interpreter = new Interpreter(core, decoder);
  const engine = translated ? new Translator({ memory, interpreter, decoder }) : interpreter;
  return seeds.map((seed, place) => {
    const next = random(seed);
    const number = (bits: number): number => Number(next(bits));
    const operands: Record<string, number> = {};
    for (const { name, width, signed } of row.fields) {
      if (name === 'offset') operands[name] = 8;
      else if (/^r/.test(name)) operands[name] = 1 + (number(8) % 7);
      else operands[name] = number(width) - (signed ? 2 ** (width - 1) : 0);
    }
    if (row.cycles === 'load' || row.cycles === 'store') {
      operands['rs1'] = pointer;
      for (const offset of ['rs3', 'rs2'].filter((name) => name in operands).slice(0, 1)) operands[offset] = step;
      if ('imm' in operands) operands['imm'] = (operands['imm'] ?? 0) >> 4;
    }
    const program = [
      encode(row, operands),
      encode(find('addi'), { rd: 10, rs1: 10, imm: 1 }),
      encode(find('addi'), { rd: counter, rs1: counter, imm: -1 }),
      encode(find('bne'), { rs1: counter, rs2: 0, offset: -12 }),
      encode(find('jal'), { rd: 0, offset: 0 }),
    ];
    for (const [i, word] of program.entries()) bus.view.setUint32(0x100 * place + 4 * i, word, true);
    for (let i = 1; i < 32; i++) core.x[i] = number(1) ? extremes[number(3)]! : number(32);
    for (let i = 0x7000; i < 0x9000; i++) bytes[i] = number(8);
    core.x[pointer] = base + 0x8000;
    core.x[step] = number(5) - 16;
    core.x[counter] = 12;
    core.pc = (base + 0x100 * place) | 0;
    core.deadline = core.cycle + 200;
    engine.run();
    return { seed, x: core.x.subarray(0, 32).join(), pc: core.pc, retired: core.instret, memory: bytes.subarray(0x7000, 0x9000).join() };
  });
}

test('all instructions have a translation but these', () => {
  const interpreted = xpulpv2.filter(({ emit }) => emit === undefined).map(({ syntax }) => syntax);
  expect(interpreted).toEqual([
    // Waits for an event: a machine with an event unit plugs that in.
    'p.elw rd, offset(rs1)',
  ]);
});

const translated = xpulpv2.filter(({ emit, cycles }) => emit !== undefined && cycles !== 'loop');
const seeds = [1n, 2n, 3n, 4n, 5n, 6n].map((seed) => seed * 7919n);

test.each(translated.map((row) => [row.syntax, row] as const))('%s translated leaves what it leaves interpreted', (_, row) => {
  expect(run(row, seeds, true)).toEqual(run(row, seeds, false));
});
