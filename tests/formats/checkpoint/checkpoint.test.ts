import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../../src/errors.ts';
import { readCheckpoint, withCheckpoint } from '../../../src/formats/checkpoint/checkpoint.ts';
import { parseNpy } from '../../../src/formats/npy.ts';
import type { Tensor } from '../../../src/numeric/tensor.ts';
import { bytesSource } from './bytes.ts';

const fixtures = 'tests/fixtures/checkpoint';

/** What make_fixtures.py saved with NumPy: the tensors as PyTorch has them. */
async function expected(folder: string): Promise<ReadonlyMap<string, Tensor>> {
  const names = await readdir(`${fixtures}/${folder}`);
  return new Map(
    await Promise.all(
      names.map(async (name) => {
        const path = `${fixtures}/${folder}/${name}`;
        return [name.slice(0, -'.npy'.length), parseNpy(await readFile(path), path)] as const;
      }),
    ),
  );
}

const readAll = (path: string): Promise<ReadonlyMap<string, Tensor>> =>
  withCheckpoint(path, async ({ names, read }) => new Map(await Promise.all(names.map(async (name) => [name, await read(name)] as const))));

const sentence = async (action: Promise<unknown>): Promise<string> => {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BadInput);
  return (error as BadInput).message;
};

describe('a checkpoint that PyTorch saved', () => {
  test.each([
    ...[2, 3, 4, 5].flatMap((protocol) => [`views-zip-${protocol}`, `views-legacy-${protocol}`]),
    'typed-zip',
    'typed-legacy',
    'unsigned-zip',
    'unsigned-legacy',
    'plain',
    'zip64',
    'big-endian',
    'cuda',
    'wrapped',
  ])('%s is read as PyTorch reads it', async (file) => {
    const folder = /views|typed|unsigned/.exec(file)?.[0] ?? 'plain';
    const found = await readAll(`${fixtures}/${file}.pth`);
    const wanted = await expected(folder);
    expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [name, tensor] of wanted) expect(found.get(name), name).toEqual(tensor);
  });

  test.each(['training-zip', 'training-legacy-4'])('%s: the model is found among optimiser, Namespace and NumPy values', async (file) => {
    const found = await readAll(`${fixtures}/${file}.pth`);
    expect([...found.keys()]).toEqual(['weight', 'bias']);
    expect(found.get('weight')).toEqual({ type: { dtype: 'f32', shape: [2, 3] }, data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  });
});

describe('a checkpoint that cannot be used is refused with one sentence', () => {
  test.each([
    ['complex', 'an object of torch.ComplexFloatStorage'],
    ['quantised', 'an object of torch._utils._rebuild_qtensor'],
    ['sparse', 'an object of torch._utils._rebuild_sparse_tensor'],
    ['float8', 'an object of torch.'],
    ['object', 'an object of argparse.Namespace'],
    ['beyond', 'the integer 1152921504606846977'],
    ['absent', 'nothing'],
  ])('a tensor that is needed and %s, others are read', async (name, found) => {
    await withCheckpoint(`${fixtures}/refused.pth`, async (checkpoint) => {
      expect(await sentence((async () => checkpoint.read(name))())).toContain(found);
      expect((await checkpoint.read('fine')).data).toEqual(Float32Array.of(1));
    });
  });

  test.each([
    ['compressed', 'the compressed entry'],
    ['script', 'a TorchScript archive'],
    ['whole-model', 'an object of torch.nn.modules.linear.Linear'],
  ])('%s', async (file, found) => {
    expect(await sentence(readAll(`${fixtures}/${file}.pth`))).toContain(found);
  });

  test('an absent file, a directory, an empty file and other formats', async () => {
    expect(await sentence(readAll(`${fixtures}/none.pth`))).toContain('no such file');
    expect(await sentence(readAll(fixtures))).toContain('a directory');
    const read = (bytes: Uint8Array) => readCheckpoint(bytesSource(bytes));
    expect(await sentence(read(new Uint8Array(0)))).toContain('begins like no checkpoint');
    expect(await sentence(read(new TextEncoder().encode('\x93NUMPY...')))).toContain('begins like no checkpoint');
    const tar = new Uint8Array(1024);
    tar.set(new TextEncoder().encode('ustar'), 257);
    expect(await sentence(read(tar))).toContain('a tar archive');
  });
});
