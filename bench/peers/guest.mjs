// The kernels of the simulator's tests as RISC-V programs: one object file per kernel, linked for a bare machine and as a process of Linux.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zigBinary } from '../../tools/zig.mjs';

const programs = fileURLToPath(new URL('../../tests/simulator/programs/', import.meta.url));
const exists = (command) => spawnSync(command, ['--version']).status === 0;

const common = ['-O2', '-w', '-g0', '-ffreestanding', '-fno-stack-protector', '-static', '-mcmodel=medany', '-ffp-contract=off'];
const compilers = {
  gcc: ({ isa, abi }) => ['riscv64-unknown-elf-gcc', `-march=rv64${isa}`, `-mabi=${abi}`, '-misa-spec=2.2', '-nostdlib', ...common],
  zig: ({ isa, abi }) => [
    zigBinary(),
    'cc',
    '-target',
    'riscv64-freestanding-none',
    `-mcpu=generic_rv64${[...isa.slice(1)].map((letter) => `+${letter}`).join('')}`,
    `-mabi=${abi}`,
    '-nostartfiles',
    '-fno-sanitize=all',
    ...common,
  ],
};
export const compiler = exists('riscv64-unknown-elf-gcc') ? 'gcc' : zigBinary() !== undefined ? 'zig' : undefined;
const libraries = compiler === 'gcc' ? ['-lgcc'] : [];
let folder;

/** Builds a kernel; gives a function that links it with a number of iterations for a `system` and returns the ELF's path. */
export function buildKernel(name, isa) {
  folder ??= mkdtempSync(join(tmpdir(), 'bitwright-guest-'));
  const [command, ...flags] = compilers[compiler](isa);
  const compile = (...args) => execFileSync(command, [...flags, ...args], { cwd: programs, stdio: ['ignore', 'inherit', 'pipe'] });
  const object = join(folder, `${name}.o`);
  compile('-c', `kernels/${name}.c`, '-o', object);
  return (iterations, system) => {
    const elf = join(folder, `${name}-${iterations}-${system}`);
    const start = system === 'linux' ? ['runtime/start-linux.S', 'runtime/linux.c'] : ['runtime/start.S', 'runtime/htif.c'];
    const sources = [...start, 'runtime/memory.c', `-DITERATIONS=${iterations}`, 'kernels/main.c', 'runtime/console.c'];
    compile('-T', 'runtime/link.ld', ...sources, object, ...libraries, '-o', elf);
    return elf;
  };
}

export const readElf = (path) => new Uint8Array(readFileSync(path));

/** Seconds of user time that qemu-riscv64 takes for a program; undefined where it is not installed. */
export const hasQemu = exists('qemu-riscv64');
export function secondsOnQemu(elf) {
  const { stderr, status } = spawnSync('bash', ['-c', 'TIMEFORMAT=%U; time qemu-riscv64 "$1"', 'bash', elf], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`qemu-riscv64 ${elf} ended with ${status}: ${stderr}`);
  return Number.parseFloat(stderr.trim().split('\n').at(-1));
}
