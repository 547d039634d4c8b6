import { readFileSync } from 'node:fs';
import { BadInput } from '../../src/errors.ts';
import { Machine } from '../../src/simulator/machine.ts';
import { assemble, encode } from '../../src/simulator/riscv/assemble.ts';
import { profile } from '../../src/simulator/riscv/profile.ts';
import type { Row } from '../../src/simulator/riscv/row.ts';
import { engines, type RunOptions, run } from './engines.ts';
import { elfOf } from './image.ts';
import { generator } from './sequences.ts';

const elfs = ['rv32', 'rv64'].map((name) => new Uint8Array(readFileSync(new URL(`../fixtures/formats/elf/${name}.elf`, import.meta.url))));

/** A program with a few bytes changed, most of them where the headers and the code are, some of them cut short. */
function mutated(seed: number): Uint8Array {
  const draw = generator(seed);
  const bytes = elfs[draw(2)]!.slice();
  for (let changes = 1 + draw(6); changes > 0; changes--) {
    const at = draw(draw(2) === 0 ? 160 : bytes.length);
    bytes[at] = [0, 0xff, 0x80, bytes[at]! ^ (1 << draw(8)), draw(256)][draw(5)]!;
  }
  return draw(8) === 0 ? bytes.subarray(0, draw(bytes.length)) : bytes;
}

/** What is wrong with how the machine takes a mutated program, each with an engine in turn: it must run to an outcome in time, or be refused in a sentence. */
export function runMutated(seed: number): string | undefined {
  const start = performance.now();
  try {
    Machine.load(mutated(seed), { memoryBytes: 1 << 20, engine: engines[seed % engines.length] }).run({
      maxInstructions: 20_000,
      timeout: 1,
    });
  } catch (error) {
    if (!(error instanceof BadInput)) return `mutated ELF ${seed}: ${error instanceof Error ? error.stack : error}`;
  }
  const seconds = (performance.now() - start) / 1000;
  return seconds < 5 ? undefined : `mutated ELF ${seed} took ${seconds} seconds`;
}

const base = 0x8000_0000;
const page = 4096;
const memoryBytes = 16 * page;
/** Pages that registers point to at first. */
const places = [0, 1, 1, 2, 2, 14, 15, 16, -1];
const isaOf = { 32: 'rv32imafdc_zba_zbb', 64: 'rv64imafdc_zba_zbb' } as const;
const rowsOf = { 32: profile(isaOf[32]).rows, 64: profile(isaOf[64]).rows } as const;

/** A page of words: noise, or instructions with random operands, among them jumps anywhere and accesses of any address. */
function randomPage(seed: number): { readonly bits: 32 | 64; readonly content: Uint8Array } {
  const draw = generator(seed);
  const bits = draw(2) === 0 ? 32 : 64;
  const rows = rowsOf[bits];
  const view = new DataView(new ArrayBuffer(page));
  const noise = 1 + draw(20);
  for (let at = 0; at + 4 <= page; ) {
    const row = rows[draw(rows.length)]!;
    const bytes = draw(noise) === 0 ? 4 : row.bytes;
    const word = bytes === row.bytes ? (draw(2 ** 32) & ~row.mask) | row.match : draw(2 ** 32);
    if (bytes === 2) view.setUint16(at, word & 0xffff, true);
    else view.setUint32(at, word >>> 0, true);
    at += bytes;
  }
  // A trap skips four bytes; pointers to all over the page, to both ends of the memory and beyond; floats on.
  const lines = ['auipc x31, 0', 'addi x31, x31, 2000', 'csrrw x0, 773, x31', 'lui x31, 6', 'csrrs x0, 768, x31'];
  const pointers = Array.from({ length: 30 }, (_, index) => `auipc x${index + 1}, ${places[draw(places.length)]!}`);
  const handler = ['csrrs x31, 833, x0', 'addi x31, x31, 4', 'csrrw x0, 833, x31', 'mret'];
  for (const [index, text] of [...lines, ...pointers].entries()) view.setUint32(4 * index, assemble(text, rows), true);
  for (const [index, text] of handler.entries()) view.setUint32(2000 + 4 * index, assemble(text, rows), true);
  return { bits, content: new Uint8Array(view.buffer) };
}

/** What is left after a page of random code: registers, memory, counts; or what the engine threw, or that it wrote outside the memory. */
function stateAfter(elf: Uint8Array, bits: 32 | 64, options: Pick<RunOptions, 'engine' | 'observe' | 'poison'>): string {
  try {
    const { code, core, console, isIntact } = run(elf, { ...options, isa: isaOf[bits], maxInstructions: 3000, memoryBytes });
    if (!isIntact) return `${thrown} ${options.engine}: a write outside the memory`;
    const { instret, cycle, pc, pcHigh, flags, status } = core;
    const x = core.x.subarray(0, 32 * core.stride);
    const text = JSON.stringify({ code, console, instret, cycle, pc, pcHigh, flags, status, x: [...x], f: [...core.f] });
    return text + Buffer.from(core.bus.main.bytes).toString('base64');
  } catch (error) {
    return `${thrown} ${options.engine}: ${error instanceof Error ? error.stack : error}`;
  }
}
const thrown = 'thrown by';
/** A different one for each engine: what one reads outside the memory shows as a difference. */
const poisons = [0x5a, 0xa5, 0xc3];

/**
 * How the engines differ after a page of random code, or what one of them threw. Code that changes without fence.i may run in its old or its new
 * form, so a page counts only if nothing was ever written to it, and if the interpreter does the same when it forgets all that it decoded.
 */
export function runRandomPage(seed: number): string | undefined {
  const { bits, content } = randomPage(seed);
  const elf = elfOf({ bits, address: base, content, memoryBytes: 4 * page, tohost: 3 * page, fromhost: 3 * page + 64 });
  const states = engines.map((engine, index) => stateAfter(elf, bits, { engine, poison: poisons[index] }));
  const failure = states.find((state) => state.startsWith(thrown));
  if (failure !== undefined) return `random page ${seed}: ${failure}`;
  if (states.every((state) => state === states[0])) return undefined;
  let changes = false;
  const observe: RunOptions['observe'] = (address, _, access) => {
    changes ||= access === 'write' && address < base + page;
  };
  if (stateAfter(elf, bits, { engine: 'fresh', observe }) !== states[0] || changes) return undefined;
  return `random page ${seed}:\n${states.map((state) => state.slice(0, 900)).join('\n')}`;
}

const accesses = (rows: readonly Row[]): readonly Row[] =>
  rows.filter(({ bytes, cycles }) => bytes === 4 && /^(float-)?(load|store)$|^atomic$/.test(cycles));
/** Bytes before and behind the memory that pointers pass. */
const reach = 40;

/** A loop of a few accesses by pointers that pass an end of the memory, or an address as far as the width of a word from it. */
function edgePage(seed: number): { readonly bits: 32 | 64; readonly content: Uint8Array } {
  const draw = generator(seed);
  const bits = draw(2) === 0 ? 32 : 64;
  const rows = rowsOf[bits];
  const words: number[] = [];
  const emit = (...lines: string[]): void => lines.forEach((line) => void words.push(assemble(line, rows)));
  emit('auipc x31, 0', 'addi x31, x31, 2000', 'csrrw x0, 773, x31', 'lui x31, 6', 'csrrs x0, 768, x31');
  // The page is the ninth of sixteen. Two pointers, one of them perhaps wrong in its high word.
  for (const pointer of [5, 6]) {
    emit(`auipc x${pointer}, ${[-8, 8][draw(2)]!}`, `addi x${pointer}, x${pointer}, ${draw(2 * reach) - reach - 4 * words.length}`);
    if (bits === 64 && draw(4) === 0) emit('addi x7, x0, 1', `slli x7, x7, ${31 + draw(33)}`, `xor x${pointer}, x${pointer}, x7`);
  }
  emit(`addi x8, x0, ${2 * reach}`);
  const start = words.length;
  const step = [1, 1, 2, 4, 8, -1][draw(6)]!;
  const some = accesses(rows);
  for (let count = 1 + draw(6); count > 0; count--) {
    const row = some[draw(some.length)]!;
    const displacement = draw(3) === 0 ? draw(4096) - 2048 : 8 * draw(9) - 32;
    const drawn = {
      rd: 10 + draw(4),
      rs1: 5 + draw(2),
      rs2: 10 + draw(4),
      fd: draw(4),
      fs2: draw(4),
      aqrl: 0,
      offset: displacement,
      imm: displacement,
    };
    const operands = Object.fromEntries(row.fields.map(({ name }) => [name, drawn[name as keyof typeof drawn] ?? 0]));
    words.push(encode(row, operands));
    if (draw(3) === 0) emit(`addi x${5 + draw(2)}, x${5 + draw(2)}, ${draw(17) - 8}`);
    if (draw(3) === 0) emit(`add x${10 + draw(4)}, x${10 + draw(4)}, x${10 + draw(4)}`);
  }
  emit(`addi x5, x5, ${step}`, `addi x6, x6, ${draw(2) * step}`, 'addi x8, x8, -1');
  emit(`bne x8, x0, ${4 * (start - words.length)}`, 'jal x0, 0');
  const content = new Uint8Array(page);
  const view = new DataView(content.buffer);
  const handler = ['csrrs x31, 833, x0', 'addi x31, x31, 4', 'csrrw x0, 833, x31', 'mret'].map((line) => assemble(line, rows));
  for (const [index, word] of words.entries()) view.setUint32(4 * index, word, true);
  for (const [index, word] of handler.entries()) view.setUint32(2000 + 4 * index, word, true);
  return { bits, content };
}

/** How an engine's accesses around the ends of the memory show what lies beyond, or differ from another's. */
export function runEdgePage(seed: number): string | undefined {
  const { bits, content } = edgePage(seed);
  const at = base + 8 * page;
  const elf = elfOf({ bits, address: at, content, memoryBytes: page, tohost: 4000, fromhost: 4064 });
  const states = engines.flatMap((engine) => poisons.slice(0, 2).map((poison) => stateAfter(elf, bits, { engine, poison })));
  const wrong = states.find((state) => state !== states[0] || state.startsWith(thrown));
  return wrong && `edge page ${seed}: ${wrong.slice(0, 900)}\n${states[0]!.slice(0, 900)}`;
}
