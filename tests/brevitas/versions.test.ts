import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printNpy } from '../../src/formats/npy.ts';
import { parseSafetensors } from '../../src/formats/safetensors.ts';
import { brevitasPython, describeWithPython, oldBrevitasPython } from '../python.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const digits = join(project, 'examples/digits');
const random = ['causal', 'eltwise', 'narrow_bits', 'trunc_pools'];

const python = (program: string, args: readonly string[]): void => {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, PYTHONPATH: join(project, 'bridge') } });
  if (status !== 0) throw new Error(stderr);
};

/** The graph without the places in the user's code and the versions, and every tensor. */
function contents(directory: string) {
  const { source: _, records, ...graph } = JSON.parse(readFileSync(join(directory, 'bundle.json'), 'utf8'));
  const file = join(directory, 'tensors.safetensors');
  const placeless = records.map(({ location: __, ...record }: { location?: string }) => record);
  return { graph, records: placeless, tensors: parseSafetensors(readFileSync(file), file).tensors };
}

describeWithPython(brevitasPython && oldBrevitasPython, 'Brevitas 0.12', () => {
  let folder: string;
  let older: string;
  let newer: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bitwright-versions-'));
    [older, newer] = [join(folder, 'older'), join(folder, 'newer')];
    for (const [program, out] of [
      [oldBrevitasPython!, older],
      [brevitasPython!, newer],
    ] as const)
      python(program, [join(import.meta.dirname, 'export.py'), out, ...random]);
    const samples = join(folder, 'samples.npy');
    writeFileSync(samples, printNpy(contents(join(digits, 'bundle')).tensors.get('sample.input.x')!));
    const model = [`--model-file=${digits}/model.py`, `--checkpoint=${digits}/checkpoint.pth`, `--sample=${samples}`];
    python(oldBrevitasPython!, ['-m', 'bitwright', ...model, '--name=digits_cnn', `--out=${older}/digits_cnn`]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(random)('calibrates and traces %s to the same graph, weights, scales and integers as the newest one', (name) => {
    const [theirs, ours] = [older, newer].map((out) => contents(join(out, name)));
    expect(theirs!.graph).toEqual(ours!.graph);
    expect(theirs!.records).toEqual(ours!.records);
    expect([...theirs!.tensors.keys()]).toEqual([...ours!.tensors.keys()]);
    for (const [key, tensor] of theirs!.tensors) expect(tensor, key).toEqual(ours!.tensors.get(key));
  });

  test('traces the digits network to the weights and scales of the committed bundle, and to its integers but for a sum at a tie', () => {
    const [theirs, ours] = [join(older, 'digits_cnn'), join(digits, 'bundle')].map(contents);
    expect(theirs!.records).toEqual(ours!.records);
    for (const [key, tensor] of theirs!.tensors) {
      const committed = ours!.tensors.get(key)!;
      if (!key.startsWith('sample.')) expect(tensor, key).toEqual(committed);
      if (!key.startsWith('sample.integers.')) continue;
      const differ = Array.from(tensor.data).filter((integer, position) => integer !== committed.data[position]).length;
      expect(differ / tensor.data.length, key).toBeLessThan(1e-3); // another processor adds in another order
    }
  });
});
