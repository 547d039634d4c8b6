import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agreement, disagreements, mismatches, readSubject, runCompiled, runFast, type Subject } from '../../brevitas/rungs.ts';
import { brevitasPython, describeWithPython } from '../../python.ts';
import { runPython } from './python.ts';

/** Kinds of layers whose eval forward in Python computes the integers themselves: the quantiser behind one has no noise of float32. */
const exact = new Set(['layer-norm', 'rms-norm', 'group-norm', 'softmax', 'rope', 'rfft', 'selective-scan']);

describeWithPython(brevitasPython, 'bitwright.nn', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'own-layers-'));
  const subjects = new Map<string, Subject>();
  let compiled: Awaited<ReturnType<typeof runCompiled>>;
  beforeAll(async () => {
    for (const name of JSON.parse(runPython(python, ['own_layers.py', folder])) as string[]) {
      subjects.set(name, await readSubject(name, join(folder, name)));
    }
    compiled = await runCompiled([...subjects.values()]);
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('has a network of each layer', () => {
    expect(subjects.size).toBe(22);
  });

  test('of each: fast engine and compiled C compute what the reference engine does', async () => {
    for (const [name, subject] of subjects) {
      expect(mismatches(subject.golden, await runFast(subject)), name).toEqual([]);
      expect(mismatches(subject.golden, compiled.get(name)!), name).toEqual([]);
    }
  });

  test('of each: its integers are those of PyTorch, without exception where a layer computes them exactly', async () => {
    let values = 0;
    for (const [name, subject] of subjects) {
      const found = await agreement(subject);
      expect(disagreements(found), name).toEqual([]);
      const kinds = new Map(subject.bundle.network.layers.map((layer) => [layer.name, layer]));
      const own = found.quantisers.filter((row) => exact.has(kinds.get(kinds.get(row.name)!.inputs[0]!)?.kind ?? ''));
      expect(
        own.filter(({ exceptions, ties, failures }) => exceptions + ties + failures > 0).map((row) => row.name),
        name,
      ).toEqual([]);
      values += own.reduce((sum, row) => sum + row.values, 0);
    }
    expect(values).toBeGreaterThan(80_000);
  }, 120_000);
});

interface Beside {
  readonly outputs: number;
  readonly differ: number;
  readonly most: number;
  readonly rms: number;
}

/** The largest share of outputs that may differ from double precision, and the largest root of the mean square, in output steps. */
const bounds: { readonly [operator: string]: readonly [number, number] } = {
  LayerNorm: [1e-6, 0.001],
  RMSNorm: [1e-6, 0.001],
  Softmax: [0, 0],
  Rotary: [4e-5, 0.006],
  magnitude: [11e-5, 0.011],
  phase: [8e-5, 0.009],
  SelectiveScan: [20e-5, 0.014],
};

describeWithPython(brevitasPython, 'the integer formulas of bitwright.nn', (python) => {
  let found: Record<string, Beside> & { exponential: number; softplus: number };
  beforeAll(() => {
    found = JSON.parse(runPython(python, ['exact_formulas.py', '100000']));
  }, 120_000);

  describe.each(Object.entries(bounds))('%s', (operator, [share, rms]) => {
    test('rounds as double precision does, but for the errors that its widths allow', () => {
      const beside = found[operator]!;
      expect(beside.outputs).toBeGreaterThanOrEqual(100_000);
      expect(beside.differ / beside.outputs).toBeLessThanOrEqual(share);
      expect(beside.rms).toBeLessThanOrEqual(rms);
      expect(beside.most).toBeLessThanOrEqual(1);
    });
  });

  test('the exponential is at most 8.8 * 2^-30 off, softplus 2^-17', () => {
    expect(found.exponential).toBeLessThanOrEqual(8.8);
    expect(found.softplus).toBeLessThanOrEqual(2 ** -17 * 1.01);
  });
});
