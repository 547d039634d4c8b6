import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { deitTinyState } from '../../../src/importers/ivit/deit-tiny.ts';
import { normalised, recipePicture } from '../../../src/importers/ivit/recipe.ts';
import type { NumberArray } from '../../../src/numeric/tensor.ts';
import { tensor } from '../../../src/numeric/tensor.ts';

interface Recipe {
  readonly parameters: Readonly<Record<string, string>>;
  readonly results: readonly { readonly pixels: string; readonly input: string }[];
}
/** SHA-256 of what PyTorch has. */
const recipe: Recipe = JSON.parse(gunzipSync(readFileSync('tests/fixtures/ivit/deit-tiny.json.gz')).toString());

const sha256 = ({ buffer, byteOffset, byteLength }: NumberArray): string =>
  createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');

test('the 152 parameters of DeiT-tiny have the hashes of PyTorch, among the 550 tensors that I-ViT saves', async () => {
  const state = await deitTinyState();
  expect(state.size).toBe(550);
  const found = Object.fromEntries(Object.keys(recipe.parameters).map((name) => [name, sha256(state.get(name)!.data)]));
  expect(Object.keys(found)).toHaveLength(152);
  expect(found).toEqual(recipe.parameters);
});

test('the pictures and what the network takes for them have the hashes of PyTorch', () => {
  for (const [number, { pixels, input }] of recipe.results.entries()) {
    const picture = recipePicture(number, 224);
    expect(sha256(picture.data)).toBe(pixels);
    expect(sha256(normalised(tensor({ dtype: 'u8', shape: [1, 3, 224, 224] }, picture.data)).data)).toBe(input);
  }
});
