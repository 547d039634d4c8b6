import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../../src/targets/host/process.ts';
import { findToolchain } from '../../src/targets/host/toolchain.ts';

const exists = (command: string): boolean => spawnSync(command, ['--version']).status === 0;
const programs = fileURLToPath(new URL('programs/', import.meta.url));
const zig = findToolchain({ environment: {} }).command;

export interface Isa {
  readonly xlen: 32 | 64;
  /** Single letters behind rv32 or rv64. */
  readonly extensions: string;
  readonly abi: string;
}
export const isas = {
  rv64gc: { xlen: 64, extensions: 'imafdc', abi: 'lp64d' },
  rv64imac: { xlen: 64, extensions: 'imac', abi: 'lp64' },
  rv32imafc: { xlen: 32, extensions: 'imafc', abi: 'ilp32f' },
  rv32imac: { xlen: 32, extensions: 'imac', abi: 'ilp32' },
} as const satisfies { readonly [name: string]: Isa };
export type IsaName = keyof typeof isas;

const freestanding = ['-ffreestanding', '-fno-builtin', '-fno-stack-protector', '-static', '-mcmodel=medany', '-g0', '-w'];
const cxx = ['-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics'];

/** Compilers that make a bare-metal program of C, C++ and assembly, by name. */
export const compilers = {
  gcc: {
    exists: exists('riscv64-unknown-elf-gcc'),
    command: 'riscv64-unknown-elf-gcc',
    flags: ({ xlen, extensions, abi }: Isa): string[] => [
      `-march=rv${xlen}${extensions}`,
      `-mabi=${abi}`,
      '-misa-spec=2.2',
      '-nostdlib',
      ...freestanding,
      ...cxx,
    ],
    libraries: ['-lgcc'],
  },
  zig: {
    exists: true,
    command: zig,
    flags: ({ xlen, extensions, abi }: Isa): string[] => [
      'cc',
      '-target',
      `riscv${xlen}-freestanding-none`,
      `-mcpu=generic_rv${xlen}${[...extensions.slice(1)].map((letter) => `+${letter}`).join('')}`,
      `-mabi=${abi}`,
      '-nostartfiles',
      '-fno-sanitize=all',
      ...freestanding,
      ...cxx,
    ],
    libraries: [],
  },
} as const;
export type CompilerName = keyof typeof compilers;

async function compile(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProcess(command, args, { cwd: programs });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}\n${stderr}`);
}

const isKernel = (program: string): boolean => program.startsWith('kernels/');
/** Programs of several cores start in another way. */
const startOf = (program: string): string => (program.startsWith('cluster/') ? 'runtime/start-cluster.S' : 'runtime/start.S');
const sourcesOf = (program: string, main = 'kernels/main.c'): string[] => [
  program,
  ...(isKernel(program) ? [main] : []),
  'runtime/console.c',
];
const exactly = ['-ffp-contract=off', '-fno-strict-aliasing', '-fwrapv'];

/** Compiles a program of programs/ for a bare machine and returns the ELF's path. `main` is what runs a kernel. */
export async function compileGuest(
  program: string,
  compiler: CompilerName,
  isa: IsaName,
  level: string,
  folder: string,
  main?: string,
): Promise<string> {
  const { command, flags, libraries } = compilers[compiler];
  const elf = join(folder, `${program.replaceAll(/\W/g, '-')}-${compiler}-${isa}${level}.elf`);
  const runtime = [startOf(program), 'runtime/htif.c', 'runtime/memory.c', 'runtime/jump.S'];
  const sources = [...runtime, ...sourcesOf(program, main)];
  await compile(command, [...flags(isas[isa]), ...exactly, level, '-T', 'runtime/link.ld', ...sources, ...libraries, '-o', elf]);
  return elf;
}

/** What a program of programs/ prints on this machine. */
export async function nativeOutput(program: string, folder: string): Promise<string> {
  const executable = join(folder, `${program.replaceAll(/\W/g, '-')}-native${process.platform === 'win32' ? '.exe' : ''}`);
  await compile(zig, [
    'cc',
    '-O1',
    '-w',
    '-fno-sanitize=all',
    ...exactly,
    ...cxx,
    ...sourcesOf(program),
    'runtime/native.c',
    '-o',
    executable,
  ]);
  return (await runProcess(executable, [])).stdout;
}

export const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
export const hasQemu = exists('qemu-system-riscv64') && exists('qemu-system-riscv32');

/** What an ELF prints and its exit code on QEMU's machine spike; it gets ten seconds. */
export function runOnQemu(elf: string, xlen: 32 | 64, cpu?: string): { readonly code: number | null; readonly console: string } {
  const model = cpu === undefined ? [] : ['-cpu', cpu];
  const args = ['-M', 'spike', '-bios', 'none', '-nographic', '-monitor', 'none', '-serial', 'stdio', ...model, '-kernel', elf];
  const { status, stdout } = spawnSync(`qemu-system-riscv${xlen}`, args, { timeout: 10_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 28 });
  return { code: status, console: stdout.toString('latin1') };
}
