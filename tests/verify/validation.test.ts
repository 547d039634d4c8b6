import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { tensor } from '../../src/numeric/tensor.ts';
import { mersenneTwister, syntheticPictures } from '../../src/verify/synthetic.ts';
import { correlation, summarise, validatePicture } from '../../src/verify/validation.ts';
import { bitwright } from '../cli/bitwright.ts';
import { describeWithPython, torchPython } from '../python.ts';

const digest = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

test('random pictures are those of numpy.random.RandomState', () => {
  const random = mersenneTwister(42);
  expect([random(), random(), random()]).toEqual([1608637542, 3421126067, 4083286876]);
  const last = mersenneTwister(2 ** 32 - 1);
  expect([last(), last(), last()]).toEqual([419326371, 479346978, 3918654476]);
  const [first, second] = syntheticPictures(224, 2, 42).slice(4);
  expect([first!.name, digest(first!.picture.data)]).toEqual([
    'random 1',
    '84efebb7483eb8cc7280ae8715e53fb6e133b393d65919237dcfed7297ca6c24',
  ]);
  expect([second!.name, digest(second!.picture.data)]).toEqual([
    'random 2',
    'b5ed9e5e6c24a777ee4e4375f3acde725613dccf2d44f90ccff4a5ea383c1f04',
  ]);
});

test('validate takes the seeds that numpy takes, and no others', async () => {
  const seeded = (seed: string) => bitwright('validate', 'no-such-file.pth', '--seed', seed);
  expect((await seeded('4294967295')).note).toContain('no-such-file.pth: found no such file');
  expect(await seeded('4294967296')).toMatchObject({ code: 2, note: expect.stringContaining('a whole number from 0 to 4294967295') });
});

test('patterns are the same everywhere', () => {
  const pictures = syntheticPictures(224, 2, 42);
  expect(pictures.map(({ name }) => name)).toEqual(['checkerboard', 'gradient', 'stripes', 'patches', 'random 1', 'random 2']);
  expect(new Set(pictures.map(({ picture }) => digest(picture.data))).size).toBe(6);
  const [board, gradient, stripes] = pictures.map(({ picture: { data } }) => data);
  const at = (x: number, y: number): number => 3 * (224 * y + x);
  expect([board![at(0, 0)], board![at(16, 0)], board![at(16, 16)]]).toEqual([0, 255, 0]);
  expect([gradient![at(0, 5)], gradient![at(223, 5)]]).toEqual([0, 255]);
  expect([stripes![at(31, 9)], stripes![at(32, 9)]]).toEqual([0, 255]);
});

test('one integer that differs is counted, named and fails the whole', () => {
  const logits = tensor({ dtype: 'f32', shape: [1, 3] }, Float32Array.of(1, 2, 3));
  const [hidden, other] = [Int8Array.of(1, 2), Int8Array.of(1, 3)].map((data) => tensor({ dtype: 'i8', shape: [2] }, data));
  const picture = validatePicture(
    'p',
    'y',
    new Map([
      ['h', other!],
      ['y', logits],
    ]),
    new Map([
      ['h', hidden!],
      ['y', logits],
    ]),
  );
  expect(picture).toMatchObject({ elements: 5, mismatches: 1, first: 'h', overlap: 3, correlation: 1, largestDifference: 0 });
  expect(summarise([picture])).toMatchObject({ agreement: 1, similar: true, equal: false });
  expect(correlation(Float32Array.of(1, 2, 3), Float32Array.of(3, 2, 1))).toBe(-1);
});

const argv = ['validate', 'examples/vit-digits/checkpoint.pth.tar', '--heads', '2', '--num-random', '1'];

test('validate: both engines give every integer of the digits network, and a target its outputs', async () => {
  const { out, code } = await bitwright(...argv, '--no-pytorch', '--target', 'gemmini');
  expect(out).toContain('the fast engine and gemmini compared with the reference engine\n');
  expect(out).toMatch(/^random 1 +(\d ){5} *(\d ){5} *5\/5/m);
  expect(out).toContain('top-1 agreement 100.0 %, mean top-5 overlap 5.00/5, mean correlation 1.000000');
  expect(out).toMatch(/integers of 5 pictures, 0 mismatches\nPyTorch was not asked/);
  expect(code).toBe(0);
});

describeWithPython(torchPython, 'validate with PyTorch', (python) => {
  test('PyTorch gives every integer of the digits network', async () => {
    const { out, code } = await bitwright(...argv, '--python', python);
    expect(out).toMatch(/the fast engine compared with PyTorch \S+ with the bridge's modules of I-ViT\n/);
    expect(out).toMatch(/integers of 5 pictures, 0 mismatches\n$/);
    expect(code).toBe(0);
  });
});
