import { expect, test } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import type { Program } from '../../../src/program/program.ts';
import { convolutionBetween } from '../../../src/targets/gemmini/kernels/convolution-between.ts';
import { convolutions, type Layer, pooled } from './convolutions.ts';
import { proveWith } from './prove.ts';

const kernel = 'gemmini-convolution-between';
const kernelsOf = (program: Program, declaration: GemminiDeclaration): Promise<string[]> =>
  proveWith(convolutionBetween, program, declaration);

const padding = [1, 1, 1, 1];
const [unsigned, signed] = [{ dtype: 'u8', lo: 0, hi: 255 } as const, { dtype: 'i8', lo: -128, hi: 127 } as const];

const small: { readonly [name: string]: Layer } = {
  unsigned: { ...unsigned, padding, image: [1, 5, 11, 13], weights: [21, 5, 3, 3] },
  signed: { ...signed, padding: [1, 0, 0, 2], image: [1, 3, 9, 7], weights: [33, 3, 2, 3], uniform: true },
  rectified: { ...signed, lo: 0, rising: true, image: [1, 20, 6, 6], weights: [7, 20, 1, 1], stride: [2, 1] },
  depthwise: { ...unsigned, padding, image: [1, 37, 8, 9], weights: [37, 1, 3, 3], stride: [2, 2], groups: 37 },
  followed: { ...signed, padding, image: [1, 2, 10, 10], weights: [9, 2, 3, 3], behind: [pooled] },
};

test.each([8, 16, 32] as const)(
  'an array of %s rows rounds the sums of convolutions, every integer right',
  async (dim) => {
    const kernels = await kernelsOf(convolutions('small', small), { ...gemmini, dim });
    expect(new Set(kernels)).toEqual(new Set([kernel]));
  },
  120_000,
);

test('roundings by one float32 multiplication, of sums with a bias, are read out once or twice', async () => {
  const once = { ...signed, padding, image: [1, 4, 9, 10], weights: [19, 4, 3, 3], scaled: true };
  const program = convolutions('scaled', {
    once,
    uniform: { ...once, uniform: true, behind: [pooled] },
    rectified: { ...once, lo: 0, rising: true },
    unsigned: { ...once, lo: 0, hi: 255 },
    lines: { ...once, image: [1, 2, 36, 32], weights: [3, 2, 1, 1], padding: [0, 0, 0, 0] },
  });
  expect(new Set(await kernelsOf(program, gemmini))).toEqual(new Set([kernel]));
}, 120_000);

test('more positions than the accumulator holds are computed a few lines at a time', async () => {
  const large = { ...unsigned, padding, image: [1, 3, 40, 44], weights: [18, 3, 3, 3] };
  expect(await kernelsOf(convolutions('large', { large }), gemmini)).toEqual([kernel]);
}, 120_000);

test('several groups of several channels, other widths than a byte, and results that fall and are rectified, are left to other kernels', async () => {
  const program = convolutions('others', {
    groups: { ...unsigned, image: [1, 6, 5, 5], weights: [4, 3, 3, 3], groups: 2 },
    wide: { ...signed, image: [1, 6, 5, 5], weights: [4, 6, 3, 3], lo: -32768, hi: 32767 },
    falling: { ...signed, lo: 0, image: [1, 20, 6, 6], weights: [7, 20, 1, 1] },
  });
  expect(await kernelsOf(program, gemmini)).toEqual(['core', 'core', 'core']);
}, 120_000);
