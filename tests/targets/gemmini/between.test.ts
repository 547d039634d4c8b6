import { expect, test } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import type { Program } from '../../../src/program/program.ts';
import { convolutionBetween } from '../../../src/targets/gemmini/kernels/convolution-between.ts';
import { convolutions, type Layer, pooled } from './convolutions.ts';
import { proveWith } from './prove.ts';

const prove = (program: Program, declaration: GemminiDeclaration): Promise<string[]> => proveWith(convolutionBetween, program, declaration);

const small: { readonly [name: string]: Layer } = {
  unsigned: { dtype: 'u8', image: [1, 5, 11, 13], weights: [21, 5, 3, 3], padding: [1, 1, 1, 1], lo: 0, hi: 255 },
  signed: { dtype: 'i8', image: [1, 3, 9, 7], weights: [33, 3, 2, 3], padding: [1, 0, 0, 2], lo: -128, hi: 127, uniform: true },
  rectified: { dtype: 'i8', image: [1, 20, 6, 6], weights: [7, 20, 1, 1], stride: [2, 1], lo: 0, hi: 127 },
  depthwise: {
    dtype: 'u8',
    image: [1, 37, 8, 9],
    weights: [37, 1, 3, 3],
    stride: [2, 2],
    padding: [1, 1, 1, 1],
    groups: 37,
    lo: 0,
    hi: 255,
  },
  followed: { dtype: 'i8', image: [1, 2, 10, 10], weights: [9, 2, 3, 3], padding: [1, 1, 1, 1], lo: -128, hi: 127, behind: [pooled] },
};

test.each([8, 16, 32] as const)(
  'an array of %s rows rounds the sums of convolutions, every integer right',
  async (dim) => {
    const kernels = await prove(convolutions('small', small), { ...gemmini, dim });
    expect(new Set(kernels)).toEqual(new Set(['gemmini-convolution-between']));
  },
  120_000,
);

test('roundings by one float32 multiplication, of sums with a bias, are read out once or twice', async () => {
  const layer: Layer = {
    dtype: 'i8',
    image: [1, 4, 9, 10],
    weights: [19, 4, 3, 3],
    padding: [1, 1, 1, 1],
    lo: -128,
    hi: 127,
    scaled: true,
  };
  const program = convolutions('scaled', {
    once: layer,
    uniform: { ...layer, uniform: true, behind: [pooled] },
    rectified: { ...layer, lo: 0 },
    unsigned: { ...layer, lo: 0, hi: 255 },
    lines: { ...layer, image: [1, 2, 36, 32], weights: [3, 2, 1, 1], padding: [0, 0, 0, 0] },
  });
  expect(new Set(await prove(program, gemmini))).toEqual(new Set(['gemmini-convolution-between']));
}, 120_000);

test('more positions than the accumulator holds are computed a few lines at a time', async () => {
  const large: Layer = { dtype: 'u8', image: [1, 3, 40, 44], weights: [18, 3, 3, 3], padding: [1, 1, 1, 1], lo: 0, hi: 255 };
  expect(await prove(convolutions('large', { large }), gemmini)).toEqual(['gemmini-convolution-between']);
}, 120_000);

test('several groups of several channels, and other widths than a byte, are left to other kernels', async () => {
  const program = convolutions('others', {
    groups: { dtype: 'u8', image: [1, 6, 5, 5], weights: [4, 3, 3, 3], groups: 2, lo: 0, hi: 255 },
    wide: { dtype: 'i8', image: [1, 6, 5, 5], weights: [4, 6, 3, 3], lo: -32768, hi: 32767 },
  });
  expect(await prove(program, gemmini)).toEqual(['core', 'core']);
}, 120_000);
