// The kernels of the simulator's tests as RISC-V programs: one object file per kernel, linked for a bare machine and as a process of Linux.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Machine } from '../../dist/simulator/machine.js';
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
function scratch() {
  const made = mkdtempSync(join(tmpdir(), 'bitwright-guest-'));
  process.on('exit', () => rmSync(made, { recursive: true }));
  return made;
}

/** Builds a kernel; gives a function that links it with a number of iterations for a `system` and returns the ELF's path. */
export function buildKernel(name, isa) {
  folder ??= scratch();
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

/** Whether the C library picolibc is there for bare-metal programs. */
const withPicolibc = ['--specs=picolibc.specs', '--crt0=hosted', '--oslib=semihost'];
export const picolibc = compiler === 'gcc' && spawnSync('riscv64-unknown-elf-gcc', [...withPicolibc, '--print-sysroot']).status === 0;

/** Builds guest/libraries.c for a machine without a float unit and returns the ELF's path. */
export function buildLibraries(rounds) {
  folder ??= scratch();
  const elf = join(folder, `libraries-${rounds}`);
  const machine = ['-march=rv64imac', '-mabi=lp64', '-mcmodel=medany', '-O2', `-DROUNDS=${rounds}`];
  const memories = { flash: 0x8000_0000, flash_size: 0x40_0000, ram: 0x8040_0000, ram_size: 0x40_0000 };
  const symbols = Object.entries(memories).map(([name, value]) => `-Wl,--defsym=__${name}=${value}`);
  const source = fileURLToPath(new URL('../guest/libraries.c', import.meta.url));
  execFileSync('riscv64-unknown-elf-gcc', [...withPicolibc, ...machine, ...symbols, source, '-lm', '-o', elf]);
  return elf;
}

/**
 * What runs a kernel: `system` is what it is linked for, `length` the instructions that are worth measuring, and `run` gives the seconds of user time.
 * `absent` says why it cannot be measured here.
 */

/** The simulator of this checkout in this process, with the options of Machine.load. */
export const here = (name, options, length) => ({
  name,
  system: 'bare',
  length,
  run(elf) {
    const machine = Machine.load(new Uint8Array(readFileSync(elf)), options);
    const { user } = process.cpuUsage();
    const outcome = machine.run();
    if (outcome.reason !== 'exit' || outcome.code !== 0) throw new Error(`${elf} ended with ${JSON.stringify(outcome)}`);
    return { seconds: (process.cpuUsage().user - user) / 1e6, instructions: machine.instructions };
  },
});

const command = (...args) => ({
  run(elf) {
    const script = 'TIMEFORMAT=%U; time "$@" > /dev/null';
    const { stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...args, elf], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${args.join(' ')} ${elf} ended with ${status}: ${stderr}`);
    return { seconds: Number.parseFloat(stderr.trim().split('\n').at(-1)) };
  },
});

export const qemu = {
  name: 'qemu-riscv64',
  system: 'linux',
  length: 8e8,
  absent: exists('qemu-riscv64') ? undefined : 'not measured: no qemu-riscv64 (apt-get install qemu-user)',
  ...command('qemu-riscv64'),
};

/** The path of the program `spike` of riscv-isa-sim, built with -O2. */
const spikePath = process.env.BITWRIGHT_SPIKE;
export const spike = {
  name: 'Spike',
  system: 'bare',
  length: 2e8,
  absent: spikePath === undefined ? 'not measured: BITWRIGHT_SPIKE names no Spike' : undefined,
  ...command(spikePath, '--isa=rv64imafdc_zicsr_zifencei'),
};
