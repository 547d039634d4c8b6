import { expect, test } from 'vitest';
import { importCheckpoint } from '../../src/importers/ivit/import.ts';
import { normalised } from '../../src/importers/ivit/recipe.ts';
import { lower } from '../../src/lowering/lower.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import { tensor } from '../../src/numeric/tensor.ts';
import { predict } from '../../src/verify/classes.ts';
import { imagenetClasses } from '../../src/verify/imagenet.ts';
import { greySamples, pictureInputs, pictureSide } from '../../src/verify/pictures.ts';
import { quantiseSample } from '../../src/verify/samples.ts';
import { digitImages, digits } from '../importers/ivit/networks.ts';

const { network } = await importCheckpoint(digits.checkpoint(''), { heads: 2 });
const program = lower(network, { style: styles.get('ivit')! });

test('the table of 3 x 256 integers gives what normalising and quantising each pixel gives', () => {
  const side = pictureSide(network);
  const planes = Uint8Array.from({ length: 3 * side * side }, (_, at) => (at * 37 + (at >> 7)) % 256);
  const data = new Uint8Array(planes.length);
  planes.forEach((value, at) => {
    data[3 * (at % (side * side)) + Math.floor(at / (side * side))] = value;
  });
  const expected = quantiseSample(program, new Map([['image', normalised(tensor({ dtype: 'u8', shape: [1, 3, side, side] }, planes))]]));
  expect(pictureInputs(program)({ width: side, height: side, data })).toEqual(expected);
});

test('grey pictures become squares in three colours', () => {
  const grey = tensor(
    { dtype: 'u8', shape: [2, 8, 8] },
    Uint8Array.from({ length: 128 }, (_, at) => at % 17),
  );
  const samples = greySamples(network, { where: 'grey.npy', array: grey }, 16);
  const all = digitImages(grey).data;
  expect(samples.map((sample) => sample.get('image')!.data)).toEqual([all.slice(0, 3072), all.slice(3072)]);
  const odd = tensor({ dtype: 'u8', shape: [1, 5, 5] });
  expect(() => greySamples(network, { where: 'grey.npy', array: odd }, 16)).toThrow('grey.npy: found an array u8[1,5,5]');
});

test('of equal logits the lowest class comes first', () => {
  const found = predict(Float32Array.of(1, 3, 3, 2, 3), 3);
  expect(found.map(({ rank, class: index }) => [rank, index])).toEqual([
    [1, 1],
    [2, 2],
    [3, 4],
  ]);
  expect(found[0]!.probability).toBeCloseTo(1 / (3 + Math.exp(-1) + Math.exp(-2)), 14);
});

test('the classes of ImageNet are 1000 synsets in the order of their numbers', () => {
  const ids = imagenetClasses.map(({ wnid }) => wnid);
  expect(ids).toHaveLength(1000);
  expect(ids.every((wnid) => /^n\d{8}$/.test(wnid))).toBe(true);
  expect([...new Set(ids)].sort()).toEqual(ids);
  expect([imagenetClasses[0], imagenetClasses[281], imagenetClasses[999]]).toEqual([
    { wnid: 'n01440764', lemma: 'tench' },
    { wnid: 'n02123045', lemma: 'tabby' },
    { wnid: 'n15075141', lemma: 'toilet tissue' },
  ]);
});
