import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aresNetworks } from '../../models/ares/networks.ts';
import { writeAresModel } from '../../models/ares/write.ts';
import type { Io } from '../../src/cli/command.ts';
import { loadModel, loadTraced } from '../../src/cli/load.ts';
import type { Finding } from '../../src/importers/module.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/brevitas/${name}`, import.meta.url));
const io = { progress: () => ({ update: () => {}, end: () => {} }) } as unknown as Io;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-load-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** A stand-in for Python, whose trace is always this bundle; it records where it was to put it. */
function python(bundle: string) {
  const program = join(root, 'python');
  const script = `for argument; do case $argument in --out=*) out=\${argument#--out=} ;; esac; done\nprintf %s "$out" > '${root}/out'\ncp -r '${bundle}' "$out"`;
  writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const nothing = { modelClass: undefined, checkpoint: undefined, samples: [], inputShapes: ['1,4'], initArguments: [] };
  return { kind: 'python', file: 'my_model.py', python: program, ...nothing } as const;
}

describe('loadModel', () => {
  test('reads a bundle', async () => {
    const { network, samples } = await loadTraced({ kind: 'bundle', path: fixture('mlp') }, io);
    expect(network.name).toBe('mlp');
    expect(samples.count).toBeGreaterThan(0);
  });

  test('traces a .py model into a bundle that is gone afterwards', async () => {
    const traced = await loadModel(python(fixture('mlp')), io);
    expect(traced).toEqual(await loadModel({ kind: 'bundle', path: fixture('mlp') }, io));
    expect(existsSync(readFileSync(join(root, 'out'), 'utf8'))).toBe(false);
  });

  test('reads an ARES directory, and the inputs of its test cases as samples', async () => {
    const path = join(root, 'ares');
    await writeAresModel(path, aresNetworks['T36']!());
    const { network, samples, cases } = await loadModel({ kind: 'ares', path }, io);
    const shapes = [...samples!.inputs].map(([name, { type }]) => [name, type.shape]);
    expect(shapes).toEqual([...network.inputs].map(([name, [, ...shape]]) => [name, [cases.length, ...shape]]));
    for (const [at, { data }] of [...samples!.inputs.values()].entries())
      expect([...data]).toEqual(cases.flatMap(({ inputs }) => [...inputs[at]!.data]));
  });

  test('says that an ARES directory has no integers of a framework', async () => {
    await expect(loadTraced({ kind: 'ares', path: 'old' }, io)).rejects.toThrow(
      /^old: found an ARES directory, expected a bundle or a \.py model/,
    );
  });

  /** A bundle with a layer that nobody knows. */
  function recurrent(): string {
    const bundle = join(root, 'recurrent');
    cpSync(fixture('transformer_small'), bundle, { recursive: true });
    const header = join(bundle, 'bundle.json');
    writeFileSync(header, readFileSync(header, 'utf8').replace('"LayerNorm"', '"LSTM"'));
    return bundle;
  }

  test('names the user’s file where a layer is refused', async () => {
    await expect(loadModel(python(recurrent()), io)).rejects.toThrow(/^my_model\.py, layer /);
  });

  test('names the user’s file in the findings of a check', async () => {
    const findings: Finding[] = [];
    await loadModel(python(recurrent()), io, (finding) => findings.push(finding));
    expect(new Set(findings.map(({ file }) => file))).toEqual(new Set(['my_model.py']));
    expect(findings.some(({ status }) => status === 'unsupported')).toBe(true);
  });
});
