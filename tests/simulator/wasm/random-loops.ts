import { rocket } from '../../../src/hardware/rocket.ts';
import { encode } from '../../../src/simulator/riscv/assemble.ts';
import { Core32 } from '../../../src/simulator/riscv/core32.ts';
import { Core64 } from '../../../src/simulator/riscv/core64.ts';
import { Interpreter } from '../../../src/simulator/riscv/interpreter.ts';
import { Bus } from '../../../src/simulator/riscv/memory.ts';
import type { Profile } from '../../../src/simulator/riscv/profile.ts';
import type { Row } from '../../../src/simulator/riscv/row.ts';
import { pipelineEmission } from '../../../src/simulator/timing/emitted.ts';
import { Pipeline } from '../../../src/simulator/timing/pipeline.ts';
import { coreRegisters, layout, linearMemory } from '../../../src/simulator/wasm/translator/layout.ts';
import { Translator } from '../../../src/simulator/wasm/translator/translator.ts';
import type { Strategy } from '../../../src/simulator/wasm/translator/units.ts';

export const base = 0x8000_0000;
const size = 0x1_0000;

/** A core with memory and both engines; without a cycle model, an instruction takes a cycle. */
export function machine(
  { xlen, extensions, floatsInX, decoder }: Profile,
  misaligned: 'ok' | 'trap',
  strategy: Strategy = 'block',
  model: 'functional' | 'rocket' = 'functional',
) {
  const { memory, bytes } = linearMemory(size);
  const bus = new Bus([{ base, bytes }]);
  const options = { bus, extensions, floatsInX, misaligned, registers: coreRegisters(memory, 0, xlen) };
  const core = xlen === 32 ? new Core32(options) : new Core64(options);
  const interpreter = new Interpreter(core, decoder);
  const timing = model === 'rocket' ? new Pipeline({ core, decoder, declaration: rocket, memory, at: layout.timing }) : undefined;
  interpreter.timing = timing;
  const translator = new Translator({ memory, interpreter, decoder, strategy, timing: timing && pipelineEmission(timing) });
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
type Random = ReturnType<typeof generator>;

const extremes = [0, 1, -1, 2, -2, 31, 32, 63, 0x7fffffff, -0x80000000, 0xffff, 0x55555555, 0x3f800000, 0x7fc00000, 0x7f800001, 0x40090000];
const csrs = [0x001, 0x002, 0x003, 0xb00, 0xb02, 0xb80, 0x340, 0x343, 0x800];
const counter = 31;
const pointers = [2, 8, 9, 30];
const spared = [...pointers, counter];

interface Planned {
  readonly row: Row;
  readonly operands: Record<string, number>;
}

function randomInstruction({ rows, decoder }: Profile, next: Random): Planned {
  for (;;) {
    const row = rows[next(rows.length)] as Row;
    if (row.cycles === 'system') continue;
    const operands: Record<string, number> = {};
    for (const { name, width, signed, base: first } of row.fields) {
      const value = next(2 ** Math.min(width, 31));
      operands[name] = signed && value >= 2 ** (width - 1) ? value - 2 ** width : value + first;
    }
    if ('csr' in operands) operands['csr'] = csrs[next(csrs.length)] ?? 0;
    if ('rm' in operands) operands['rm'] = [0, 0, 0, 7, 7, 7, 1, 2, 3, 4, 4, 5][next(12)] ?? 0;
    const word = encode(row, operands);
    const decoded = decoder.decode(word);
    if (decoded === undefined) continue;
    const { row: meaning, operands: real } = decoder.expand(decoded);
    if (meaning.control === 'indirect' || (meaning.cycles === 'system' && next(20) > 0)) continue;
    if (spared.includes(real['rd'] ?? 0) && 'rd' in real) continue;
    const reaches = ['load', 'store', 'float-load', 'float-store', 'atomic'].includes(meaning.cycles);
    if (reaches && next(30) > 0 && !pointers.includes(real['rs1'] ?? 0)) continue;
    return { row, operands };
  }
}

/** A counted loop over random instructions of all kinds, branches and jumps forward; a trap goes on with the loop's end. */
function randomLoop(isa: Profile, next: Random): { readonly words: readonly (readonly [number, 2 | 4])[]; readonly trap: number } {
  const planned = Array.from({ length: 10 + next(40) }, () => randomInstruction(isa, next));
  const starts: number[] = [];
  let at = 0;
  for (const { row } of planned) {
    starts.push(at);
    at += row.bytes;
  }
  const words = planned.map(({ row, operands }, i): [number, 2 | 4] => {
    const jumps = row.control === 'branch' || row.control === 'jump' || /^c\.(j|jal|beqz|bnez)$/.test(row.mnemonic);
    const target = starts[i + 1 + next(planned.length - i)] ?? at;
    return [encode(row, jumps ? { ...operands, offset: target - (starts[i] ?? 0) } : operands), row.bytes];
  });
  const find = (name: string) => isa.rows.find((row) => row.mnemonic === name) as Row;
  words.push([encode(find('addi'), { rd: counter, rs1: counter, imm: -1 }), 4]);
  words.push([encode(find('bne'), { rs1: counter, rs2: 0, offset: -at - 4 }), 4]);
  words.push([encode(find('jal'), { rd: 0, offset: 0 }), 4]);
  return { words, trap: at };
}

/** What a random loop leaves behind. */
export function runRandom(isa: Profile, seed: number, engine: Strategy | 'interpreter', model: 'functional' | 'rocket' = 'functional') {
  const next = generator(seed);
  const { core, bus, interpreter, translator } = machine(
    isa,
    next(4) ? 'ok' : 'trap',
    engine === 'interpreter' ? undefined : engine,
    model,
  );
  const { words, trap } = randomLoop(isa, next);
  let at = 0;
  for (const [word, bytes] of words) {
    bus.view.setUint16(at, word & 0xffff, true);
    if (bytes === 4) bus.view.setUint16(at + 2, word >>> 16, true);
    at += bytes;
  }
  for (let i = 0x7000; i < 0x9000; i += 4) bus.view.setInt32(i, next(3) ? next(2 ** 32) : (extremes[next(extremes.length)] ?? 0), true);
  for (let i = core.stride; i < 32 * core.stride; i++) core.x[i] = next(2) ? (extremes[next(extremes.length)] ?? 0) : next(2 ** 32) | 0;
  if (!isa.floatsInX)
    for (let i = 0; i < 64; i++) core.f[i] = next(3) ? next(2 ** 32) | 0 : i % 2 ? -1 : (extremes[next(extremes.length)] ?? 0);
  for (const register of pointers) core.setAddress(core.destination(register), base + 0x8000 + (next(8) ? 0 : next(16)));
  core.set(core.destination(counter), 12);
  core.csrs.set(0x305, BigInt(base + ((trap + 3) & ~3)));
  core.status = next(8) ? 0x2000 : 0;
  core.rounding = next(3) ? 0 : next(5);
  core.deadline = 100 + next(3000);
  for (let i = trap; i < ((trap + 3) & ~3); i += 2) bus.view.setUint16(i, 1, true);
  (engine === 'interpreter' ? interpreter : translator).run();
  return {
    pc: core.pc,
    retired: core.instret,
    cycle: core.cycle,
    x: core.x.subarray(0, 32 * core.stride).join(),
    f: isa.floatsInX ? '' : core.f.join(),
    flags: core.floats.flags,
    cause: core.csrs.get(0x342),
    value: core.csrs.get(0x343),
    memory: bus.main.bytes.subarray(0x7000, 0x9000).join(),
  };
}
