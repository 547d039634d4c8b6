import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { readCheckpoint, withCheckpoint } from '../../../src/formats/checkpoint/checkpoint.ts';
import { printCheckpoint } from '../../../src/formats/checkpoint/write.ts';
import { crc32 } from '../../../src/formats/checkpoint/zip-write.ts';
import { withScratchDirectory } from '../../../src/formats/files.ts';
import { type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { brevitasPython, describeWithPython } from '../../python.ts';
import { bytesSource } from './bytes.ts';

const tensors: ReadonlyMap<string, Tensor> = new Map([
  ['scalar', tensor({ dtype: 'f32', shape: [] }, Float32Array.of(0.1))],
  [
    'matrix',
    tensor(
      { dtype: 'f32', shape: [20, 30] },
      Float32Array.from({ length: 600 }, (_, at) => at / 7),
    ),
  ],
  ['empty', tensor({ dtype: 'f32', shape: [0, 3] })],
  ['doubles', tensor({ dtype: 'f64', shape: [2] }, Float64Array.of(0.1, -1e300))],
  ['bytes', tensor({ dtype: 'i8', shape: [3] }, Int8Array.of(-128, 0, 127))],
  ['long.näme', tensor({ dtype: 'i64', shape: [2, 1] }, Float64Array.of(-1, 2 ** 40))],
]);

test('what is written is read back, and the same tensors give the same bytes', async () => {
  const bytes = printCheckpoint(tensors);
  const { names, read } = await readCheckpoint(bytesSource(bytes));
  expect(names).toEqual([...tensors.keys()]);
  for (const [name, value] of tensors) expect(await read(name)).toEqual(value);
  expect(printCheckpoint(tensors)).toEqual(bytes);
});

test.skipIf(zlib.crc32 === undefined)('the CRC is that of zlib', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 37) ^ (at >> 3));
  expect(crc32(bytes)).toBe(zlib.crc32(bytes));
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test('a dtype that PyTorch does not store is a RangeError', () => {
  expect(() => printCheckpoint(new Map([['x', tensor({ dtype: 'u16', shape: [1] })]]))).toThrow(RangeError);
});

describeWithPython(brevitasPython, 'PyTorch', (python) => {
  test('reads what is written, with weights_only', () =>
    withScratchDirectory(async (directory) => {
      const [ours, theirs] = [join(directory, 'ours.pth'), join(directory, 'theirs.pth')];
      await writeFile(ours, printCheckpoint(tensors));
      const program = `import torch; torch.save(torch.load(${JSON.stringify(ours)}, weights_only=True), ${JSON.stringify(theirs)})`;
      expect(spawnSync(python, ['-c', program], { encoding: 'utf8' })).toMatchObject({ status: 0 });
      await withCheckpoint(theirs, async ({ names, read }) => {
        expect(names).toEqual([...tensors.keys()]);
        for (const [name, value] of tensors) expect(await read(name)).toEqual(value);
      });
    }));
});
