import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { decodePicture } from '../../../src/formats/images/decode.ts';

vi.mock('sharp', () => {
  throw new Error('Could not load the "sharp" module');
});

test('a machine without sharp gets a sentence when a picture is decoded, not before', async () => {
  await expect(decodePicture(readFileSync('tests/fixtures/images/444.jpg'), '444.jpg')).rejects.toThrow(
    /^the npm package sharp, which decodes pictures: found that it cannot be loaded .*Run npm install --include=optional sharp/,
  );
});
