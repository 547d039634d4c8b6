import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BadInput } from '../../../src/errors.ts';
import { withCheckpoint } from '../../../src/formats/checkpoint/checkpoint.ts';
import { PickleWriter } from '../../../src/formats/checkpoint/pickle-write.ts';
import { withScratchDirectory } from '../../../src/formats/files.ts';

/** Elements of the first tensor: 5 GB, of which the disk holds nothing but holes. */
const many = 1_250_000_000;

/** Two float32 tensors, the first one large. */
function statePickle(keys: readonly [string, string]): Uint8Array {
  const pickle = new PickleWriter().raw('\x80\x02').global('collections', 'OrderedDict').raw(')R(');
  for (const [at, [name, count]] of (
    [
      ['large', many],
      ['small', 2],
    ] as const
  ).entries()) {
    pickle.text(name).global('torch._utils', '_rebuild_tensor_v2').raw('((').text('storage').global('torch', 'FloatStorage');
    pickle.text(keys[at]!).text('cuda:0').count(count).raw('NtQ').count(0).counts([count]).counts([1]).raw('\x89');
    pickle.global('collections', 'OrderedDict').raw(')RtR');
  }
  return pickle.raw('u.').bytes();
}

const numbers = (...fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
};

const tail = Float32Array.of(1.5, -2);
const tailBytes = new Uint8Array(tail.buffer);

/** Writes at ever greater positions; what is left out are holes. */
async function written(path: string, write: (put: (bytes: Uint8Array) => Promise<number>, skip: (bytes: number) => void) => Promise<void>) {
  const file: FileHandle = await open(path, 'w');
  let position = 0;
  const put = async (bytes: Uint8Array): Promise<number> => {
    const at = position;
    await file.write(bytes, 0, bytes.length, at);
    position += bytes.length;
    return at;
  };
  await write(put, (bytes) => {
    position += bytes;
  }).finally(() => file.close());
}

async function expectSmallTensor(path: string): Promise<void> {
  const started = performance.now();
  await withCheckpoint(path, async ({ names, shape, read }) => {
    expect(names).toEqual(['large', 'small']);
    expect(shape('large')).toEqual([many]);
    expect((await read('small')).data).toEqual(tail);
    await expect(read('large')).rejects.toThrow(BadInput);
  });
  expect(performance.now() - started).toBeLessThan(2000);
}

test('a tensor behind 5 GB of another is read alone, from a ZIP64 file', () =>
  withScratchDirectory(async (directory) => {
    const path = join(directory, 'large.pth');
    await written(path, async (put, skip) => {
      const entries: { readonly name: string; readonly size: number; readonly offset: number }[] = [];
      const add = async (name: string, content: Uint8Array | number): Promise<void> => {
        const size = typeof content === 'number' ? content : content.length;
        const text = new TextEncoder().encode(name);
        const header = numbers(
          [4, 0x04034b50],
          [2, 45],
          [2, 0],
          [2, 0],
          [4, 0],
          [4, 0],
          [4, 0xffffffff],
          [4, 0xffffffff],
          [2, text.length],
          [2, 20],
        );
        entries.push({ name, size, offset: await put(header) });
        await put(text);
        await put(numbers([2, 1], [2, 16], [8, size], [8, size]));
        if (typeof content === 'number') skip(content);
        else await put(content);
      };
      await add('x/data.pkl', statePickle(['0', '1']));
      await add('x/data/0', 4 * many);
      await add('x/data/1', tailBytes);
      let start: number | undefined;
      for (const { name, size, offset } of entries) {
        const text = new TextEncoder().encode(name);
        const at = await put(
          numbers(
            [4, 0x02014b50],
            [2, 45],
            [2, 45],
            [2, 0],
            [2, 0],
            [4, 0],
            [4, 0],
            [4, 0xffffffff],
            [4, 0xffffffff],
            [2, text.length],
            [2, 28],
            [2, 0],
            [2, 0],
            [2, 0],
            [4, 0],
            [4, 0xffffffff],
          ),
        );
        start ??= at;
        await put(text);
        await put(numbers([2, 1], [2, 24], [8, size], [8, size], [8, offset]));
      }
      const end = await put(numbers([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, 3], [8, 3], [8, 0], [8, start!]));
      await put(numbers([4, 0x07064b50], [4, 0], [8, end], [4, 1]));
      await put(numbers([4, 0x06054b50], [2, 0], [2, 0], [2, 0xffff], [2, 0xffff], [4, 0xffffffff], [4, 0xffffffff], [2, 0]));
    });
    await expectSmallTensor(path);
  }));

test('and from a file in the format before 1.6', () =>
  withScratchDirectory(async (directory) => {
    const path = join(directory, 'large.pth');
    await written(path, async (put, skip) => {
      await put(new PickleWriter().raw('\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.').bytes());
      await put(new PickleWriter().raw('\x80\x02M\xe9\x03.').bytes());
      await put(new PickleWriter().raw('\x80\x02}.').bytes());
      await put(statePickle(['a', 'b']));
      await put(new PickleWriter().raw('\x80\x02](').text('a').text('b').raw('e.').bytes());
      await put(numbers([8, many]));
      skip(4 * many);
      await put(numbers([8, 2]));
      await put(tailBytes);
    });
    await expectSmallTensor(path);
  }));
