import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { deitTinyState } from '../../../src/importers/ivit/deit-tiny.ts';
import { normalised, recipePicture } from '../../../src/importers/ivit/recipe.ts';
import { swinTinyState } from '../../../src/importers/ivit/swin-tiny.ts';
import { tensor } from '../../../src/numeric/tensor.ts';
import { sha256 } from './networks.ts';

interface Recipe {
  readonly parameters: Readonly<Record<string, string>>;
  readonly results: readonly { readonly pixels: string; readonly input: string }[];
}
/** SHA-256 of what PyTorch has. */
const recipeOf = (name: string): Recipe => JSON.parse(gunzipSync(readFileSync(`tests/fixtures/ivit/${name}.json.gz`)).toString());

test.each([
  ['deit-tiny', deitTinyState, 152, 550],
  ['swin-tiny', swinTinyState, 173, 621],
] as const)(
  '%s: all parameters have the hashes of PyTorch, among the tensors that I-ViT saves',
  async (name, make, parameters, tensors) => {
    const recipe = recipeOf(name);
    const state = await make();
    expect(state.size).toBe(tensors);
    const found = Object.fromEntries(Object.keys(recipe.parameters).map((key) => [key, sha256(state.get(key)!.data)]));
    expect(Object.keys(found)).toHaveLength(parameters);
    expect(found).toEqual(recipe.parameters);
  },
);

test('the pictures and what the network takes for them have the hashes of PyTorch', () => {
  for (const [number, { pixels, input }] of recipeOf('deit-tiny').results.entries()) {
    const picture = recipePicture(number, 224);
    expect(sha256(picture.data)).toBe(pixels);
    expect(sha256(normalised(tensor({ dtype: 'u8', shape: [1, 3, 224, 224] }, picture.data)).data)).toBe(input);
  }
});
