// Guest instructions a second of the simulator on XpulpV2, which no peer knows: the inner loop of an int8 matrix product for RI5CY cores.
import { rv32 } from '../../dist/hardware/rv64.js';
import { Machine } from '../../dist/simulator/machine.js';
import { assemble } from '../../dist/simulator/riscv/assemble.js';
import { profile } from '../../dist/simulator/riscv/profile.js';
import { draws } from '../draws.mjs';

const isa = 'rv32imc_zfinx_xpulpv2';
const machine = { ...rv32, name: 'rv32 with XpulpV2', cores: [{ ...rv32.cores[0], isa }] };
const { base } = rv32.memories.ram;
const { rows: instructions } = profile(isa);

const depth = 256;
const sumsAt = 0x1000;
const rowsAt = 0x2000;
/** Registers of the pointers to four rows of weights and two columns of activations, of a word of each, and of the eight sums. */
const pointers = [8, 9, 18, 19, 20, 21];
const words = [10, 11, 12, 13, 14, 15];
const sums = [22, 23, 24, 25, 26, 27, 28, 29];

/**
 * A tile of four rows by two columns: six loads that step on and eight dot products in a hardware loop, 32 products a round, as PULP's kernels have it.
 * It is computed `4096 * thousands` times, each time with its pointers and sums set up and its sums stored.
 */
function matmul(thousands) {
  const inner = [
    ...pointers.map((pointer, i) => `p.lw x${words[i]}, 4(x${pointer}!)`),
    ...sums.map((sum, i) => `pv.sdotsp.b x${sum}, x${words[i % 4]}, x${words[4 + Math.floor(i / 4)]}`),
  ];
  const tile = [
    ...pointers.map((pointer, i) => `addi x${pointer}, x6, ${i * depth}`),
    'addi x7, x5, 0',
    ...sums.map((sum) => `addi x${sum}, x0, 0`),
    `lp.setupi 0, ${depth / 4}, ${2 * inner.length}`,
    ...inner,
    ...sums.map((sum) => `p.sw x${sum}, 4(x7!)`),
  ];
  const start = [`lui x5, ${base + sumsAt}`, `lui x6, ${base + rowsAt}`, `lui x4, ${4096 * thousands}`].map((line) =>
    line.replace(/\d+$/, (address) => address / 4096),
  );
  const again = ['addi x4, x4, -1', `bne x4, x0, ${-4 * tile.length - 4}`];
  // SYS_EXIT of semihosting, with the reason that the program has ended.
  const exit = ['addi x10, x0, 24', 'lui x11, 32', 'addi x11, x11, 38', 'slli x0, x0, 31', 'ebreak', 'srai x0, x0, 7'];
  return elfOf([...start, ...tile, ...again, ...exit].map((line) => assemble(line, instructions)));
}

/** A program in the ELF format: one segment of code at the start of the memory, with room for data behind it. */
function elfOf(code) {
  const [header, segment] = [52, 32];
  const bytes = new Uint8Array(header + segment + 4 * code.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const put = (at, ...values) => values.forEach((value, i) => view.setUint32(at + 4 * i, value, true));
  put(16, (243 << 16) | 2, 1, base, header, 0, 0, (segment << 16) | header, 1);
  put(header, 1, header + segment, base, base, 4 * code.length, 0x10000, 7, 4096);
  put(header + segment, ...code);
  return bytes;
}

const next = draws(1);
const data = Int8Array.from({ length: 6 * depth }, () => next(-128, 127));
const product = (row, column) => {
  let sum = 0;
  for (let k = 0; k < depth; k++) sum += data[row * depth + k] * data[(4 + column) * depth + k];
  return sum;
};

function run(engine, thousands) {
  const loaded = Machine.load(matmul(thousands), { machine, engine });
  loaded.writeMemory(base + rowsAt, new Uint8Array(data.buffer));
  const { user } = process.cpuUsage();
  const outcome = loaded.run();
  const seconds = (process.cpuUsage().user - user) / 1e6;
  const computed = new Int32Array(loaded.readMemory(base + sumsAt, 4 * sums.length).slice().buffer);
  const isRight = sums.every((_, i) => computed[i] === product(i % 4, Math.floor(i / 4)));
  if (outcome.reason !== 'exit' || !isRight) throw new Error(`the product ended with ${JSON.stringify(outcome)} and ${computed}`);
  return { seconds, instructions: loaded.instructions };
}

/** Millions of instructions a second: the shortest of several long runs less that of short ones. */
function rate(engine, thousands) {
  const best = { long: Infinity, short: Infinity };
  let more = 0;
  for (let round = 0; round < 3; round++) {
    const [long, short] = [run(engine, thousands), run(engine, 1)];
    best.long = Math.min(best.long, long.seconds);
    best.short = Math.min(best.short, short.seconds);
    more = long.instructions - short.instructions;
  }
  return more / (best.long - best.short) / 1e6;
}

export const rows = [
  {
    name: 'simulator XpulpV2 int8 matmul',
    bar: '>= 10',
    measure: () => ({ value: rate('translator', 200), unit: 'MIPS', peer: 'interpreter', peerValue: rate('interpreter', 8) }),
  },
];
