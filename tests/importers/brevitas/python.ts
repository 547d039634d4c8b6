import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const bridge = fileURLToPath(new URL('../../../bridge', import.meta.url));

/** Runs Python in this folder with the bridge on its path, and returns what it printed; its errors are the test's. */
export function runPython(python: string, args: readonly string[]): string {
  const env = { ...process.env, PYTHONPATH: [bridge, here].join(delimiter), PYTHONDONTWRITEBYTECODE: '1' };
  const { status, stdout, stderr } = spawnSync(python, args, { cwd: here, env, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`python ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}
