// Peers that run in Python: BITWRIGHT_PYTHON, else python3.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const python = process.env.BITWRIGHT_PYTHON ?? 'python3';

/** Runs a script of this folder, which prints one line of JSON; { absent } when it or what it imports is not there. */
export function runPython(script, ...args) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const environment = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  try {
    const printed = execFileSync(python, [path, ...args.map(String)], {
      encoding: 'utf8',
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return JSON.parse(printed.trim().split('\n').at(-1));
  } catch (error) {
    const reason = error.code === 'ENOENT' ? `no ${python}` : (String(error.stderr).trim().split('\n').at(-1) ?? error.message);
    return { absent: `not measured: ${reason} (BITWRIGHT_PYTHON names another Python)` };
  }
}
