import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BadInput } from '../../errors.ts';
import { fileError, withFileErrors, withScratchDirectory } from '../../formats/files.ts';

/** Another simulator, and how it is told to run a program. */
export interface ExternalSimulator {
  /** As messages call it. */
  readonly title: string;
  /** A path, or a name that is looked for in PATH. */
  readonly command: string;
  /** What to do where it is missing or cannot run the program. */
  readonly remedy: string;
  /** Its arguments for an ELF file and the arguments of that. */
  readonly arguments: (executable: string, args: readonly string[]) => readonly string[];
  /** What is wrong with the simulator and not with the program, read from what it said; undefined where nothing is. */
  readonly complaint?: (said: string) => string | undefined;
}

/** What firmware of a network wrote: the results of all steps of all cases as bare elements, and a line for each step. */
export interface FirmwareOutput {
  readonly tensors: Uint8Array;
  readonly table: string;
  /** Bytes of stack that it used at most, where that can be seen. */
  readonly stack?: number;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Runs a program to its end; `said` is its standard output and standard error as they came. It does not outlive this process. */
function runToEnd(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const kill = (): void => void child.kill();
  process.on('exit', kill);
  const pieces: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(piece));
  return new Promise<Ended>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code, signal, said: Buffer.concat(pieces).toString() }));
  }).finally(() => process.off('exit', kill));
}

/** The files by which firmware and the host exchange data, as the firmware's arguments name them. */
const names = ['cases', 'tensors', 'table'] as const;

/**
 * Runs firmware of a network with `cases`, the inputs of all test cases, on another simulator. The firmware opens the files that its arguments
 * name by system calls that Berkeley's host-target interface passes on: its standard output is the simulator's own too.
 * A BadInput where the simulator is missing, or where it or the firmware fails.
 */
export const runFirmware = (simulator: ExternalSimulator, executable: string, cases: Uint8Array): Promise<FirmwareOutput> =>
  withScratchDirectory(async (scratch) => {
    const [input, tensors, table] = names.map((name) => join(scratch, name));
    await withFileErrors(input!, () => writeFile(input!, cases));
    const { title, command, remedy, complaint } = simulator;
    const program = /[/\\]/.test(command) ? resolve(command) : command;
    const ended = await runToEnd(program, simulator.arguments(resolve(executable), names), scratch).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw fileError(error, command);
        throw new BadInput({ where: title, found: `no program ${command}`, expected: title, remedy }, { cause: error });
      },
    );
    const wrong = complaint?.(ended.said);
    if (wrong !== undefined) throw new BadInput({ where: `${title} ${command}`, found: wrong, expected: title, remedy });
    if (ended.code !== 0) throw failure(title, executable, ended);
    return Promise.all([readFile(tensors!), readFile(table!, 'utf8')]).then(
      ([written, counts]) => ({ tensors: written, table: counts }),
      () => {
        throw refusal(title, executable, 'no files with tensors and counts');
      },
    );
  });

function failure(title: string, executable: string, { code, signal, said }: Ended): BadInput {
  const last = said.trimEnd().split('\n').at(-1)!.trim();
  const end = signal === null ? `exit code ${code}` : `the signal ${signal}`;
  return refusal(title, executable, `${end}${last === '' ? '' : ` and "${last}"`}`);
}

const refusal = (title: string, executable: string, found: string): BadInput =>
  new BadInput({
    where: `${executable} on ${title}`,
    found,
    expected: 'a run to the end',
    remedy: 'compile the firmware again, and run it on the simulator that is built in',
  });
