import { describe, expect, test } from 'vitest';
import { encode } from '../../../src/simulator/riscv/assemble.ts';
import { Core32 } from '../../../src/simulator/riscv/core32.ts';
import { Core64 } from '../../../src/simulator/riscv/core64.ts';
import { decoder } from '../../../src/simulator/riscv/decoder.ts';
import { Interpreter } from '../../../src/simulator/riscv/interpreter.ts';
import { Bus } from '../../../src/simulator/riscv/memory.ts';
import type { Row } from '../../../src/simulator/riscv/row.ts';
import { m } from '../../../src/simulator/riscv/rows/m.ts';
import { rv32i } from '../../../src/simulator/riscv/rows/rv32i.ts';
import { rv64i, shifts } from '../../../src/simulator/riscv/rows/rv64i.ts';
import { linearMemory } from '../../../src/simulator/wasm/translator/layout.ts';
import { Translator } from '../../../src/simulator/wasm/translator/translator.ts';

const base = 0x8000_0000;
const size = 0x1_0000;

function machine(xlen: 32 | 64, rows: readonly Row[]) {
  const { memory, bytes } = linearMemory(size);
  const bus = new Bus([{ base, bytes }]);
  const options = { bus, extensions: 'imac' };
  const core = xlen === 32 ? new Core32(options) : new Core64(options);
  const code = decoder(rows);
  const interpreter = new Interpreter(core, code);
  const translator = new Translator({ memory, interpreter, decoder: code });
  core.pc = base | 0;
  return { core, bus, interpreter, translator };
}

/** Small numbers, repeatable: xorshift32. */
function generator(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const extremes = [0, 1, -1, 2, -2, 31, 32, 63, 0x7fffffff, -0x80000000, 0x80000000 | 0, 0xffff, 0x55555555];
const counter = 31;
const pointer = 30;
const zero = (row: Row) => Object.fromEntries(row.fields.map(({ name }) => [name, 0]));

/** A counted loop over random instructions: arithmetic, plain memory accesses round the pointer, branches and jumps forward. */
function randomLoop(rows: readonly Row[], next: (below: number) => number): number[] {
  const find = (name: string) => rows.find((row) => row.mnemonic === name) as Row;
  const usable = rows.filter((row) => row.bytes === 4 && !['system', 'csr', 'indirect-jump'].includes(row.cycles));
  const length = 20 + next(60);
  const words = [];
  for (let i = 0; i < length; i++) {
    const row = usable[next(usable.length)] as Row;
    const operands: Record<string, number> = zero(row);
    for (const field of row.fields) operands[field.name] = next(2 ** Math.min(field.width, 30)) & (2 ** field.width - 1);
    for (const name of ['imm', 'offset']) if (name in operands) operands[name] = Math.floor(operands[name] ?? 0) - next(2) * 2048;
    if ('rd' in operands && (operands['rd'] ?? 0) >= pointer) operands['rd'] = next(pointer);
    if (row.cycles === 'load' || row.cycles === 'store') operands['rs1'] = pointer;
    if (row.control === 'branch' || row.control === 'jump') operands['offset'] = 4 * (1 + next(length - i));
    words.push(encode(row, operands));
  }
  const back = -4 * (length + 1);
  words.push(encode(find('addi'), { rd: counter, rs1: counter, imm: -1 }));
  words.push(encode(find('bne'), { rs1: counter, rs2: 0, offset: back }));
  words.push(encode(find('jal'), { rd: 0, offset: 0 }));
  return words;
}

const sequences = 300;
describe.each([32, 64] as const)('on RV%d', (xlen) => {
  const rows = [...rv32i, ...rv64i, ...shifts, ...m].filter((row) => row.xlen === undefined || row.xlen === xlen);

  test('random loops leave the same registers, memory and counters, whatever the deadline', () => {
    for (let seed = 1; seed <= sequences; seed++) {
      const run = (translated: boolean) => {
        const next = generator(seed);
        const { core, bus, interpreter, translator } = machine(xlen, rows);
        randomLoop(rows, next).forEach((word, i) => {
          bus.view.setUint32(4 * i, word, true);
        });
        for (let i = core.stride; i < 32 * core.stride; i++)
          core.x[i] = next(2) ? (extremes[next(extremes.length)] ?? 0) : next(2 ** 32) | 0;
        core.setAddress(core.destination(pointer), base + 0x8000);
        core.set(core.destination(counter), 12);
        core.deadline = 100 + next(3000);
        (translated ? translator : interpreter).run();
        const memory = Array.from(bus.main.bytes.subarray(0x7000, 0x9000));
        return {
          pc: core.pc,
          retired: core.instret,
          cycle: core.cycle,
          x: [...core.x.subarray(0, 32 * core.stride)],
          memory: memory.join(),
        };
      };
      expect(run(true), `seed ${seed}`).toEqual(run(false));
    }
  });
});
