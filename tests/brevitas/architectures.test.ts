import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { brevitasPython, describeWithPython } from '../python.ts';
import { testRungs } from './ladder.ts';
import { inCommon, mismatches, readSubject, runFast, unjoined } from './rungs.ts';

const script = join(import.meta.dirname, 'export.py');
const shared = ['common.py', 'digits.py'];
const names = readdirSync(join(import.meta.dirname, 'models'))
  .filter((file) => file.endsWith('.py') && !shared.includes(file))
  .map((file) => file.slice(0, -3));

/** Networks made on the fly, random ones and two that are trained, each on eight samples or more. */
describeWithPython(brevitasPython, 'Brevitas models', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-models-'));
  let exported: Readonly<Record<string, { readonly absent?: string; readonly refused?: string }>>;
  const absent = (name: string): string => `${exported[name]?.absent} is not installed`;
  const { subjects, agreementOf, tables } = testRungs(
    names,
    async () => {
      const { status, stdout, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      exported = JSON.parse(stdout.trim().split('\n').at(-1)!);
      return Promise.all(names.filter((name) => !exported[name]?.absent).map((name) => readSubject(name, join(folder, name))));
    },
    absent,
  );
  afterAll(() => {
    rmSync(folder, { recursive: true });
    console.log(tables());
  });

  test('every one is exported', () => {
    expect(names.length).toBeGreaterThanOrEqual(14);
    expect(Object.entries(exported).filter(([, { refused }]) => refused !== undefined)).toEqual([]);
  });

  test.for(names)('%s: joining pipes changes no value', async (name, { skip }) => {
    const subject = subjects.get(name) ?? skip(absent(name));
    const { golden } = subject;
    expect(golden.length).toBeGreaterThanOrEqual(8);
    const apart = await runFast({ ...subject, program: unjoined(subject) });
    expect(mismatches(golden, apart)).toEqual([]);
    expect(inCommon(golden, apart)).toBe(golden[0]!.size);
  });

  test.for(names)("%s: its integers are Brevitas's own, but for float32 noise at ties", async (name, { skip }) => {
    await agreementOf(subjects.get(name) ?? skip(absent(name)));
  });
});
