import { readFileSync } from 'node:fs';
import { BadInput } from '../../src/errors.ts';
import { Machine } from '../../src/simulator/machine.ts';
import { assemble } from '../../src/simulator/riscv/assemble.ts';
import { profile } from '../../src/simulator/riscv/profile.ts';
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

/** What is wrong with how the machine takes a mutated program: it must run to an outcome in time, or be refused in a sentence. */
export function runMutated(seed: number): string | undefined {
  const start = performance.now();
  try {
    Machine.load(mutated(seed), { memoryBytes: 1 << 20 }).run({ maxInstructions: 20_000, timeout: 1 });
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

/** What is left after a page of random code: registers, memory, counts; or what the engine threw. */
function stateAfter(elf: Uint8Array, bits: 32 | 64, options: Pick<RunOptions, 'engine' | 'observe'>): string {
  try {
    const { code, core, console } = run(elf, { ...options, isa: isaOf[bits], maxInstructions: 3000, memoryBytes });
    const { instret, cycle, pc, pcHigh, flags, status } = core;
    const x = core.x.subarray(0, 32 * core.stride);
    const text = JSON.stringify({ code, console, instret, cycle, pc, pcHigh, flags, status, x: [...x], f: [...core.f] });
    return text + Buffer.from(core.bus.main.bytes).toString('base64');
  } catch (error) {
    return `${thrown} ${options.engine}: ${error instanceof Error ? error.stack : error}`;
  }
}
const thrown = 'thrown by';

/**
 * How the engines differ after a page of random code, or what one of them threw. Code that changes without fence.i may run in its old or its new
 * form, so a page counts only if nothing was ever written to it, and if the interpreter does the same when it forgets all that it decoded.
 */
export function runRandomPage(seed: number): string | undefined {
  const { bits, content } = randomPage(seed);
  const elf = elfOf({ bits, address: base, content, memoryBytes: 4 * page, tohost: 3 * page, fromhost: 3 * page + 64 });
  const states = engines.map((engine) => stateAfter(elf, bits, { engine }));
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
