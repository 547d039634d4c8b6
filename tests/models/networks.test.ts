import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operators } from '../../src/operators/index.ts';
import { stepFacts } from '../../src/verify/steps.ts';
import { agreement, disagreements, mismatches, readSubject, runFast } from '../brevitas/rungs.ts';
import { brevitasPython, describeWithPython } from '../python.ts';

const models = fileURLToPath(new URL('../../models', import.meta.url));
const networks: Record<string, string> = JSON.parse(readFileSync(join(models, 'networks.json'), 'utf8'));

test('each network of the list is one file that names itself', () => {
  const files = readdirSync(models).filter((file) => /^t\d\d_.*\.py$/.test(file));
  expect(files.map((file) => file.slice(0, -3)).sort()).toEqual(Object.values(networks).sort());
  for (const [id, name] of Object.entries(networks)) {
    const text = readFileSync(join(models, `${name}.py`), 'utf8');
    expect(text, name).toContain(`"""${id}: `);
    expect(text, name).toContain(`NAME = "${name}"`);
  }
});

/** Small networks, one of each family, and the multiplications that they have by hand. */
const made = { T17: 13_120, T28: 924_656, T37: 25_856, T42: 1_704_192, T44: 823_552 };

describeWithPython(brevitasPython, 'the networks that take a second', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'networks-'));
  beforeAll(() => {
    const args = [join(models, 'make.py'), '--networks', Object.keys(made).join(','), '--out', folder];
    const { status, stderr } = spawnSync(python, args, { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
    if (status !== 0) throw new Error(stderr);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(Object.entries(made))('%s: %d multiplications; its integers are those of PyTorch', async (id, macs) => {
    const subject = await readSubject(id, join(folder, networks[id]!));
    expect(stepFacts(subject.program, operators).reduce((sum, step) => sum + step.macs, 0)).toBe(macs);
    expect(mismatches(subject.golden, await runFast(subject))).toEqual([]);
    expect(disagreements(await agreement(subject))).toEqual([]);
  });

  test('a list of networks that there are not ends in one sentence', () => {
    const { status, stderr } = spawnSync(python, [join(models, 'make.py'), '--networks', 'T33', '--out', folder], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toBe('make.py: there is no network T33; give names such as T1,T10-T14, or all\n');
  });
});
