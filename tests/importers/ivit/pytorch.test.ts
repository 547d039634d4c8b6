import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readDumps } from '../../../src/formats/dumps.ts';
import { withScratchDirectory } from '../../../src/formats/files.ts';
import { printNpy } from '../../../src/formats/npy.ts';
import type { Tensor } from '../../../src/numeric/tensor.ts';
import { describeWithPython, torchPython } from '../../python.ts';

/** Networks whose dumps were made with the modules of I-ViT itself. */
const networks = [
  ['deit_grey', 3],
  ['deit_without_bias', 5],
  ['swin_single_block', undefined],
  ['swin_one_window', undefined],
] as const;

/** One Python for all of them: importing PyTorch takes longer than the rest. */
const script = `
import sys, numpy as np
from bitwright.ivit.dumps import Dumper
from bitwright.safetensors import to_bytes
repository, *jobs = sys.argv[1:]
for job in jobs:
    folder, heads = job.rsplit('=', 1)
    tensors = Dumper(folder + '/checkpoint.pth.tar', int(heads) or None, repository or None).run(np.load(folder + '/images.npy'))
    open(folder + '/dump.safetensors', 'wb').write(to_bytes(tensors))
`;

const elementsOf = (tensors: ReadonlyMap<string, Tensor>) =>
  Object.fromEntries(Array.from(tensors, ([name, { data }]) => [name, Array.from(data)]).sort(([a], [b]) => (a! < b! ? -1 : 1)));

async function equalsDumps(python: string, names: readonly (readonly [string, number | undefined])[], repository: string): Promise<void> {
  await withScratchDirectory(async (scratch) => {
    const jobs: string[] = [];
    for (const [name, heads] of names) {
      const folder = join(scratch, name);
      mkdirSync(folder);
      const from = `tests/fixtures/ivit/sizes/${name}`;
      writeFileSync(join(folder, 'checkpoint.pth.tar'), gunzipSync(readFileSync(`${from}/checkpoint.pth.tar.gz`)));
      writeFileSync(join(folder, 'images.npy'), printNpy((await readDumps(from)).input));
      jobs.push(`${folder}=${heads ?? 0}`);
    }
    const { status, stderr } = spawnSync(python, ['-W', 'ignore', '-c', script, repository, ...jobs], {
      env: { ...process.env, PYTHONPATH: 'bridge', PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const [name] of names) {
      const [found, expected] = [await readDumps(join(scratch, name)), await readDumps(`tests/fixtures/ivit/sizes/${name}`)];
      expect(elementsOf(found.integers), name).toEqual(elementsOf(expected.integers));
    }
  });
}

describeWithPython(torchPython, "the bridge's modules of I-ViT", (python) => {
  test('give every integer that the real ones gave, in networks of sizes of their own', () => equalsDumps(python, networks, ''), 60_000);

  const checkout = process.env['BITWRIGHT_IVIT'];
  test.skipIf(checkout === undefined)(
    'a checkout of I-ViT, where BITWRIGHT_IVIT names one, gives them again',
    () =>
      equalsDumps(
        python,
        [
          ['deit_grey', 3],
          ['swin_one_window', undefined],
        ],
        checkout ?? '',
      ),
    60_000,
  );
});
