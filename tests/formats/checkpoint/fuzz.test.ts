import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BadInput } from '../../../src/errors.ts';
import { readCheckpoint } from '../../../src/formats/checkpoint/checkpoint.ts';
import { bytesSource } from './bytes.ts';

const files = ['views-zip-2', 'views-zip-5', 'views-legacy-2', 'views-legacy-4', 'training-zip', 'zip64'].map((name) =>
  readFileSync(`tests/fixtures/checkpoint/${name}.pth`),
);

/** Reads all that can be read; only a BadInput of one sentence may stop it. */
async function survive(bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    const { names, read } = await readCheckpoint(bytesSource(bytes));
    for (const name of names) await read(name);
    return 'read';
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    expect(error.message).toMatch(/^x\.pth.*: found .*, expected .*\. .*\.$/);
    expect(error.message).not.toContain('\n');
    return 'refused';
  }
}

/** xorshift32 */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

test('2,000 files with wrong bytes are read or refused, none in more than a second', async () => {
  const draw = generator(2026);
  const counts = { read: 0, refused: 0 };
  for (let trial = 0; trial < 2000; trial++) {
    const bytes = new Uint8Array(files[trial % files.length]!);
    const near = draw(bytes.length);
    for (let change = draw(4); change >= 0; change--) {
      const position = draw(2) ? draw(bytes.length) : Math.min(near + draw(64), bytes.length - 1);
      bytes[position] = draw(3) ? draw(256) : [0, 0x28, 0x52, 0x7f, 0x80, 0xff][draw(6)]!;
    }
    const started = performance.now();
    counts[await survive(bytes)]++;
    expect(performance.now() - started, `trial ${trial}`).toBeLessThan(1000);
  }
  expect(counts.read).toBeGreaterThan(100);
  expect(counts.refused).toBeGreaterThan(500);
});

test('a file that ends early is refused wherever it ends', async () => {
  for (const file of files) {
    for (let length = 0; length < file.length; length += length < 64 || length > file.length - 96 ? 1 : 23) {
      expect(await survive(file.subarray(0, length)), `${length} of ${file.length}`).toBe('refused');
    }
  }
});
