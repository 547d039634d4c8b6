import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

/** Whether a Python has these packages; finding them takes 0.1 s, importing PyTorch two. */
const has = (python: string, packages: readonly string[]): boolean =>
  spawnSync(python, ['-c', `import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ${JSON.stringify(packages)})))`]).status ===
  0;

const found = (packages: readonly string[], candidates: readonly (string | undefined)[]): string | undefined =>
  candidates.find((python) => python && has(python, packages));

const pythons = [process.env['BITWRIGHT_PYTHON'], 'python3'];

/** A Python with PyTorch and Brevitas; one whose Brevitas is 0.12; one with PyTorch alone; one with NumPy. Undefined where there is none. */
export const brevitasPython = found(['torch', 'brevitas'], pythons);
export const oldBrevitasPython = found(['torch', 'brevitas'], [process.env['BITWRIGHT_PYTHON_0_12']]);
export const torchPython = found(['torch', 'numpy'], pythons);
export const numpyPython = found(['numpy'], pythons);

/** describe() for tests that run this Python; where it is absent they are skipped, and the title says what is missing. */
export function describeWithPython(python: string | undefined, title: string, tests: (python: string) => void): void {
  if (python !== undefined) describe(title, () => tests(python));
  else describe.skip(`${title} (skipped: no Python with the packages it needs; name one in BITWRIGHT_PYTHON)`, () => tests('python3'));
}
