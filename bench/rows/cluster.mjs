// Guest instructions a second of eight cores on sixteen banks together, with the cluster's cycle model: int8 products with a requantisation, a barrier between.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cluster } from '../../dist/hardware/cluster.js';
import { zigBinary } from '../../tools/zig.mjs';
import { compiler, here } from '../peers/guest.mjs';

const programs = fileURLToPath(new URL('../../tests/simulator/programs/', import.meta.url));
const common = ['-O2', '-w', '-g0', '-ffreestanding', '-static', '-mcmodel=medany', '-mabi=ilp32'];
const commands = {
  gcc: () => ['riscv64-unknown-elf-gcc', '-march=rv32imac', '-misa-spec=2.2', '-nostdlib', ...common],
  zig: () => [
    zigBinary(),
    'cc',
    '-target',
    'riscv32-freestanding-none',
    '-mcpu=generic_rv32+m+a+c',
    '-nostartfiles',
    '-fno-sanitize=all',
    ...common,
  ],
};
const runtime = ['start-cluster.S', 'htif.c', 'memory.c', 'console.c'].map((name) => `runtime/${name}`);

function link(iterations) {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-cluster-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const elf = join(folder, 'throughput');
  const [command, ...flags] = commands[compiler]();
  const sources = [...runtime, 'cluster/throughput.c', ...(compiler === 'gcc' ? ['-lgcc'] : [])];
  execFileSync(command, [...flags, `-DITERATIONS=${iterations}`, '-T', 'runtime/link.ld', ...sources, '-o', elf], {
    cwd: programs,
    stdio: 'pipe',
  });
  return elf;
}

/** Millions of instructions a second: the shortest of several long runs less that of short ones. */
function rate(engine, more) {
  const { run } = here(engine, { engine, machine: cluster });
  const elves = { long: link(1 + more), short: link(1) };
  const seconds = { long: Infinity, short: Infinity };
  const instructions = {};
  for (let round = 0; round < 3; round++)
    for (const [name, elf] of Object.entries(elves)) {
      const ran = run(elf);
      seconds[name] = Math.min(seconds[name], ran.seconds);
      instructions[name] = ran.instructions;
    }
  return (instructions.long - instructions.short) / (seconds.long - seconds.short) / 1e6;
}

const row = (name, bar, value, peer) => ({
  name,
  bar,
  measure: () =>
    compiler === undefined
      ? { absent: 'not measured: no compiler for RISC-V (npm install --include=optional)' }
      : { value: value(), unit: 'MIPS', ...peer },
});

export const rows = [
  row('simulator eight cores', '>= 1', () => rate('translator', 400), { peer: 'required', peerValue: 300 }),
  row('simulator eight cores, interpreter', undefined, () => rate('interpreter', 10)),
];
