import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { traceModel } from '../../src/cli/bridge.ts';
import { type Io, Refusal } from '../../src/cli/command.ts';
import type { PythonSource } from '../../src/cli/model-options.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-bridge-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const end = vi.fn();
const update = vi.fn();
const io = { progress: () => ({ update, end }) } as unknown as Io;
const source: PythonSource = {
  kind: 'python',
  file: 'my model.py',
  modelClass: 'M',
  checkpoint: undefined,
  samples: ['a.npy', '-b.npy'],
  inputShapes: [],
  initArguments: ["name='x y'"],
  python: undefined,
};

/** A program that stands in for Python. */
function python(name: string, script: string): string {
  const path = join(root, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}
const trace = (program: string) => traceModel({ ...source, python: program }, join(root, 'out'), io);

describe('traceModel', () => {
  test('runs the bridge of this package with every option', async () => {
    await trace(python('recorder', `printf '%s\\n' "$PYTHONPATH" "$@" > '${root}/record'`));
    const [path, ...args] = readFileSync(join(root, 'record'), 'utf8').trim().split('\n');
    expect(path).toMatch(/bridge(:|$)/);
    expect(args).toEqual([
      ...['-m', 'bitwright', '--progress', '--model-file=my model.py', `--out=${root}/out`, '--model-class=M'],
      ...['--sample=a.npy', '--sample=-b.npy', "--init-kwarg=name='x y'"],
    ]);
    expect(end).toHaveBeenCalledOnce();
  });

  test('says what to install where Python has no PyTorch', async () => {
    const bare = python('bare', `echo "Traceback" >&2; echo "ModuleNotFoundError: No module named 'torch'" >&2; exit 1`);
    await expect(trace(bare)).rejects.toThrow(
      `${bare}: found no package torch, expected the PyTorch and Brevitas of the model. Run ${bare} -m pip install torch brevitas, or`,
    );
  });

  test('says what to do where there is no such Python', async () => {
    await expect(trace(join(root, 'absent'))).rejects.toThrow(/--python .*absent: found no program .*absent, expected a Python 3/);
  });

  test('hears at which sample the bridge is, and nothing else that the model prints', async () => {
    await trace(python('talking', "echo hello; echo 'progress 1/2'; echo 'progress 2/2'"));
    expect(update.mock.calls).toEqual([
      [0, 'sample 1 of 2'],
      [0, 'sample 2 of 2'],
    ]);
  });

  test('passes on the sentence with which the bridge stops', async () => {
    const stopping = trace(python('stopping', "echo 'UserWarning: x' >&2; echo 'bitwright: model.py:3: found x.sort()' >&2; exit 2"));
    await expect(stopping).rejects.toThrow(new Refusal('model.py:3: found x.sort()'));
  });

  test('shows everything where the bridge itself is broken', async () => {
    const crashing = trace(python('crashing', "echo 'KeyError: 3' >&2; exit 1"));
    await expect(crashing).rejects.toThrow('the bridge ended with code 1:\nKeyError: 3\n');
  });
});
