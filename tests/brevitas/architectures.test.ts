import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brevitasPython, describeWithPython } from '../python.ts';
import {
  agreement,
  disagreements,
  inCommon,
  mismatches,
  readSubject,
  runCompiled,
  runFast,
  runOnGemmini,
  type Subject,
  summary,
  summaryHeader,
  unjoined,
} from './rungs.ts';

const script = join(import.meta.dirname, 'export.py');
const shared = ['common.py', 'digits.py'];
const names = readdirSync(join(import.meta.dirname, 'models'))
  .filter((file) => file.endsWith('.py') && !shared.includes(file))
  .map((file) => file.slice(0, -3));

/** Networks made on the fly, random ones and two that are trained, each on eight samples or more. */
describeWithPython(brevitasPython, 'Brevitas models', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-models-'));
  const subjects = new Map<string, Subject>();
  let exported: Readonly<Record<string, { readonly absent?: string; readonly refused?: string }>>;
  let compiled: Awaited<ReturnType<typeof runCompiled>>;
  let onGemmini: Awaited<ReturnType<typeof runOnGemmini>>;
  const rows: string[] = [];

  beforeAll(async () => {
    const { status, stdout, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    exported = JSON.parse(stdout.trim().split('\n').at(-1)!);
    for (const name of names) if (!exported[name]?.absent) subjects.set(name, await readSubject(name, join(folder, name)));
    compiled = await runCompiled([...subjects.values()]);
    onGemmini = await runOnGemmini([...subjects.values()]);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
    console.log([summaryHeader, ...rows, '', onGemmini.table].join('\n'));
  });

  test('every one is exported', () => {
    expect(names.length).toBeGreaterThanOrEqual(14);
    expect(Object.entries(exported).filter(([, { refused }]) => refused !== undefined)).toEqual([]);
  });

  describe.each(names)('%s', (name) => {
    test('fast engine and compiled C compute what the reference engine does; joining pipes changes no value', async ({ skip }) => {
      const subject = subjects.get(name) ?? skip(`${exported[name]?.absent} is not installed`);
      const { golden } = subject;
      expect(golden.length).toBeGreaterThanOrEqual(8);
      expect(mismatches(golden, await runFast(subject))).toEqual([]);
      expect(mismatches(golden, compiled.get(name)!)).toEqual([]);
      const apart = await runFast({ ...subject, program: unjoined(subject) });
      expect(mismatches(golden, apart)).toEqual([]);
      expect(inCommon(golden, apart)).toBe(golden[0]!.size);
    });

    test('a core with a Gemmini computes what the reference engine does, every integer of every step', ({ skip }) => {
      const { golden } = subjects.get(name) ?? skip(`${exported[name]?.absent} is not installed`);
      const found = onGemmini.cases.get(name)!;
      expect(found).toHaveLength(2);
      expect(mismatches(golden.slice(0, 2), found)).toEqual([]);
    });

    test("its integers are Brevitas's own, but for float32 noise at ties", async ({ skip }) => {
      const subject = subjects.get(name) ?? skip(`${exported[name]?.absent} is not installed`);
      const found = await agreement(subject);
      rows.push(summary(name, found));
      expect(disagreements(found)).toEqual([]);
    });
  });
});
