import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../../src/errors.ts';
import { decodePicture } from '../../../src/formats/images/decode.ts';
import { crop, type Picture } from '../../../src/formats/images/picture.ts';
import { type PreprocessingName, preprocessings } from '../../../src/formats/images/preprocess.ts';
import { type FilterName, type PillowVersion, pillowVersions, resize } from '../../../src/formats/images/resample.ts';

/** What Pillow makes of a file: SHA-256 of the bytes of mode RGB. */
interface Expected {
  readonly mode: string;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  /** By filter and size, such as `bilinear 17x71`. */
  readonly resize: Readonly<Record<string, string>>;
  /** By preprocessing and side. */
  readonly preprocess: Readonly<Record<string, string>>;
}

const folder = 'tests/fixtures/images';
const expectedBy = (version: PillowVersion): Record<string, Expected> =>
  JSON.parse(readFileSync(`${folder}/pillow-${version}.json`, 'utf8')).pictures;
const decoded = (name: string): Promise<Picture> => decodePicture(readFileSync(`${folder}/${name}`), name);
const digest = ({ data }: Picture): string => createHash('sha256').update(data).digest('hex');

const cases = pillowVersions.flatMap((version) =>
  Object.entries(expectedBy(version)).map(([name, expected]) => ({ name, version, expected })),
);

describe.each(cases)('$name is to the byte what Pillow $version makes of it', ({ name, version, expected }) => {
  test('decoded', async () => {
    const picture = await decoded(name);
    expect([picture.width, picture.height, digest(picture)]).toEqual([expected.width, expected.height, expected.sha256]);
  });

  test('resized by both filters', async () => {
    const picture = await decoded(name);
    for (const [what, sha256] of Object.entries(expected.resize)) {
      const [filter, size] = what.split(' ') as [FilterName, string];
      const [width, height] = size.split('x').map(Number) as [number, number];
      expect(`${what} ${digest(resize(picture, width, height, filter, version))}`).toBe(`${what} ${sha256}`);
    }
  });

  test('preprocessed for 224 and 32 pixels', async () => {
    const picture = await decoded(name);
    for (const [what, sha256] of Object.entries(expected.preprocess)) {
      const [preprocessing, side] = what.split(' ') as [PreprocessingName, string];
      expect(`${what} ${digest(preprocessings[preprocessing](picture, Number(side), version))}`).toBe(`${what} ${sha256}`);
    }
  });
});

describe('what is no whole picture is refused in a sentence', () => {
  test.each([
    ['a truncated JPEG', 'truncated.jpg', 'a picture that cannot be decoded'],
    ['a text', 'pillow-13.json', 'no picture of these formats'],
  ])('%s', async (_, name, found) => {
    await expect(decoded(name)).rejects.toThrow(BadInput);
    await expect(decoded(name)).rejects.toThrow(`${name}: found ${found}`);
  });

  test('an empty file', () => expect(decodePicture(new Uint8Array(), 'none.png')).rejects.toThrow('none.png: found an empty file'));
});

test('a crop beyond the picture is black there', () => {
  const picture = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  expect(crop(picture, { left: -1, top: -1, width: 2, height: 2 })).toEqual({
    width: 2,
    height: 2,
    data: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3),
  });
  expect(crop(picture, { left: 1, top: 0, width: 2, height: 1 }).data).toEqual(Uint8Array.of(4, 5, 6, 0, 0, 0));
});

test('a part of a resized picture is what the whole has there, in either order of the passes', () => {
  for (const [width, height, across, down] of [
    [37, 23, 11, 90],
    [20, 200, 30, 31],
    [16, 16, 16, 40],
  ] as const) {
    const picture = { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, at) => (at * at * 7 + at) % 256) };
    for (const filter of ['bilinear', 'bicubic'] as const) {
      const box = { left: 3, top: 5, width: 7, height: 20 };
      expect(resize(picture, across, down, filter, 13, box)).toEqual(crop(resize(picture, across, down, filter), box));
    }
  }
});

test('of a strip a million pixels long no more is made than the square in its middle', () => {
  const strip = { width: 1_000_000, height: 1, data: new Uint8Array(3_000_000).fill(90) };
  for (const name of ['eval-bicubic', 'crop-bilinear'] as const) {
    const { width, height, data } = preprocessings[name](strip, 224, 13);
    expect([width, height, data.length, data.every((value) => value === 90)]).toEqual([224, 224, 3 * 224 * 224, true]);
  }
});
