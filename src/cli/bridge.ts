import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BadInput } from '../errors.ts';
import { fileError } from '../formats/files.ts';
import { type Io, Refusal } from './command.ts';
import type { PythonSource } from './model-options.ts';

const bridge = fileURLToPath(new URL('../../bridge', import.meta.url));

/** The Python programs that are tried, the user's wish first. */
export function candidates(wished: string | undefined): readonly string[] {
  const chosen = wished ?? process.env['BITWRIGHT_PYTHON'];
  return chosen ? [chosen] : ['python3', 'python'];
}

const repeated = (flag: string, values: readonly (string | undefined)[]): string[] =>
  values.flatMap((value) => (value === undefined ? [] : [`${flag}=${value}`]));

function argumentsOf(source: PythonSource, out: string): readonly string[] {
  return [
    ...['-m', 'bitwright', '--progress', `--model-file=${source.file}`, `--out=${out}`],
    ...repeated('--model-class', [source.modelClass]),
    ...repeated('--checkpoint', [source.checkpoint]),
    ...repeated('--sample', source.samples),
    ...repeated('--input-shape', source.inputShapes),
    ...repeated('--init-kwarg', source.initArguments),
  ];
}

/**
 * Traces a .py model in the user's own Python and writes its bundle to the directory `out`. What stops the bridge is shown as its own
 * sentence (Refusal); no Python, or one without PyTorch or Brevitas, is a BadInput.
 */
export async function traceModel(source: PythonSource, out: string, io: Io): Promise<void> {
  const progress = io.progress(`Tracing ${source.file}`);
  try {
    for (const python of candidates(source.python)) {
      const ended = await runPython(python, argumentsOf(source, out), (sample) => progress.update(0, sample));
      if (ended === 'absent') continue;
      if (ended.code !== 0) throw explain(python, ended.code, ended.errors);
      return;
    }
  } finally {
    progress.end();
  }
  throw new BadInput({
    where: source.python ? `--python ${source.python}` : 'Python',
    found: `no program ${candidates(source.python).join(' or ')}`,
    expected: 'a Python 3 with PyTorch and Brevitas, to trace the model',
    remedy: 'install it, or name one with --python',
  });
}

/** The environment in which Python finds the bridge of this package. */
export const bridgeEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PYTHONPATH: [bridge, process.env['PYTHONPATH']].filter(Boolean).join(delimiter),
});

type Ended = 'absent' | { readonly code: number | null; readonly errors: string };

/** `onSample` hears `sample 3 of 16`; whatever else the user's model prints is dropped. */
function runPython(python: string, args: readonly string[], onSample: (sample: string) => void): Promise<Ended> {
  const child = spawn(python, args, { env: bridgeEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill();
  process.on('exit', kill);
  const pieces: Buffer[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, done, total] = /^progress (\d+)\/(\d+)$/.exec(line) ?? [];
    if (done !== undefined) onSample(`sample ${done} of ${total}`);
  });
  child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
  return new Promise<Ended>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve('absent') : reject(fileError(error, python))));
    child.on('close', (code) => resolve({ code, errors: Buffer.concat(pieces).toString() }));
  }).finally(() => process.off('exit', kill));
}

/** The bridge says in one line, after `bitwright: `, what the user can mend; anything else is Python's own trace. */
export function explain(python: string, code: number | null, errors: string): Error {
  const missing = /ModuleNotFoundError: No module named '(torch|brevitas|numpy)'/.exec(errors)?.[1];
  if (missing !== undefined) {
    const remedy = `run ${python} -m pip install torch brevitas, or name another Python with --python`;
    return new BadInput({ where: python, found: `no package ${missing}`, expected: 'the PyTorch and Brevitas of the model', remedy });
  }
  const sentence = /^bitwright: (.+)$/m.exec(errors)?.[1];
  return sentence === undefined ? new Error(`the bridge ended with code ${code}:\n${errors}`) : new Refusal(sentence);
}
