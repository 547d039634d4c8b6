import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { float32 } from '../../src/lowering/styles/float32.ts';
import { brevitasPython, describeWithPython } from '../python.ts';
import { agreement, disagreements, mismatches, readSubject, runCompiled, runFast, type Subject, summary, summaryHeader } from './rungs.ts';

const seeds = 2;
const more = 8;

/** The models of architectures.test.ts from other seeds, on more samples, in two numeric styles. */
describeWithPython(brevitasPython, 'Brevitas models of several seeds', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-seeds-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('rungs 0 to 2 hold for each', async () => {
    const script = join(import.meta.dirname, 'export.py');
    const { status, stdout, stderr } = spawnSync(python, [script, folder, `--seeds=${seeds}`, `--more=${more}`], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const exported = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, { readonly seconds?: number }>;
    const rows: string[] = [summaryHeader];
    const subjects: Subject[] = [];
    for (const name of Object.keys(exported).filter((bundle) => exported[bundle]!.seconds !== undefined)) {
      const subject = await readSubject(name, join(folder, name), undefined, 8);
      const found = await agreement(subject);
      expect.soft(disagreements(found), name).toEqual([]);
      rows.push(summary(name, found));
      subjects.push(subject, await readSubject(`${name} in float32 style`, join(folder, name), float32, 4));
    }
    const compiled = await runCompiled(subjects);
    for (const subject of subjects) {
      expect.soft(mismatches(subject.golden, await runFast(subject)), subject.name).toEqual([]);
      expect.soft(mismatches(subject.golden, compiled.get(subject.name)!), subject.name).toEqual([]);
    }
    expect(subjects.length).toBeGreaterThanOrEqual(20 * seeds);
    console.log(rows.join('\n'));
  });
});
