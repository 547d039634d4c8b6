import { expect, test } from 'vitest';
import { type GemminiDeclaration, gemmini, gemminiOf } from '../../../src/hardware/gemmini.ts';
import type { Program } from '../../../src/program/program.ts';
import { convolution } from '../../../src/targets/gemmini/kernels/convolution.ts';
import { convolutionLoop } from '../../../src/targets/gemmini/kernels/convolution-loop.ts';
import { convolutions, greatest, halved, type Layer } from './convolutions.ts';
import { proveWith } from './prove.ts';

const prove = (program: Program, declaration: GemminiDeclaration): Promise<string[]> => proveWith(convolutionLoop, program, declaration);

const padding = [1, 1, 1, 1];
const rising = { uniform: true, rising: true };

const several: { readonly [name: string]: Layer } = {
  unsigned: { dtype: 'u8', image: [1, 20, 7, 9], weights: [21, 20, 3, 3], padding, lo: 0, hi: 255, ...rising },
  signed: { dtype: 'i8', image: [1, 33, 9, 7], weights: [33, 33, 2, 3], padding: [1, 0, 0, 2], lo: -128, hi: 127, ...rising },
  rectified: { dtype: 'i8', image: [1, 17, 6, 6], weights: [7, 17, 1, 1], stride: [2, 2], lo: 0, hi: 127, ...rising },
  steps: { dtype: 'u8', image: [1, 16, 12, 11], weights: [18, 16, 3, 3], padding, stride: [2, 2], lo: 0, hi: 255, ...rising },
  'few channels': {
    dtype: 'u8',
    image: [1, 3, 12, 12],
    weights: [18, 3, 5, 5],
    padding: [2, 2, 2, 2],
    stride: [2, 2],
    lo: 0,
    hi: 255,
    rising: true,
  },
  depthwise: { dtype: 'u8', image: [1, 37, 9, 10], weights: [37, 1, 3, 3], groups: 37, padding, lo: 0, hi: 255, ...rising },
  'few channels apart': {
    dtype: 'i8',
    image: [1, 5, 9, 10],
    weights: [5, 1, 5, 3],
    groups: 5,
    stride: [2, 2],
    lo: -128,
    hi: 127,
    ...rising,
  },
  'one row': { dtype: 'i8', image: [1, 16, 3, 5], weights: [18, 16, 3, 3], lo: -128, hi: 127, ...rising },
  scaled: { dtype: 'i8', image: [1, 18, 9, 10], weights: [19, 18, 3, 3], padding, lo: -128, hi: 127, ...rising, scaled: true },
  followed: {
    dtype: 'i8',
    image: [1, 16, 10, 10],
    weights: [9, 16, 3, 3],
    padding,
    lo: -128,
    hi: 127,
    ...rising,
    behind: [greatest(2), halved],
  },
};

test.each([
  ['2023-02', 8],
  ['2023-02', 16],
  ['2023-10', 16],
  ['2023-10', 32],
] as const)(
  'convolutions that hardware of %s with %s rows unrolls are rounded, every integer right',
  async (generation, dim) => {
    const kernels = await prove(convolutions('looped', several), { ...gemminiOf(generation), dim });
    expect(kernels).toEqual(Object.keys(several).map(() => 'gemmini-convolution-loop'));
  },
  120_000,
);

const pooled: Layer = {
  dtype: 'u8',
  image: [1, 18, 12, 14],
  weights: [21, 18, 3, 3],
  padding,
  lo: 0,
  hi: 255,
  ...rising,
  behind: [greatest(2)],
};
const windows: { readonly [name: string]: Layer } = {
  unsigned: pooled,
  'rescaled before': { ...pooled, behind: [halved, greatest(2)] },
  rescaled: { ...pooled, dtype: 'i8', lo: -128, hi: 127, behind: [greatest(2), halved, halved] },
  overlapping: { ...pooled, image: [1, 2, 15, 17], weights: [9, 2, 3, 3], behind: [greatest(3, 2)] },
  dense: { ...pooled, image: [1, 2, 9, 10], weights: [16, 2, 2, 2], padding: [0, 0, 0, 0], behind: [greatest(3, 1), halved] },
  depthwise: { ...pooled, image: [1, 21, 12, 14], weights: [21, 1, 3, 3], groups: 21, behind: [greatest(3, 2), halved] },
  'no windows': { ...pooled, hi: 127, behind: [halved] },
  large: { ...pooled, image: [1, 5, 40, 47], weights: [18, 5, 3, 3], behind: [greatest(3, 2), halved] },
};

test.each(['2023-02', '2023-10'] as const)(
  'the greatest of windows of them, and roundings of bytes behind, are right on hardware of %s',
  async (generation) => {
    const kernels = await prove(convolutions('windows', windows), gemminiOf(generation));
    expect(new Set(kernels)).toEqual(new Set(['gemmini-convolution-loop']));
  },
  120_000,
);

test('what does not fit the local memories is computed some rows, outputs and channels at a time', async () => {
  const large: { readonly [name: string]: Layer } = {
    depthwise: { dtype: 'u8', image: [1, 40, 30, 44], weights: [40, 1, 3, 3], groups: 40, padding, lo: 0, hi: 255, ...rising },
    rows: { dtype: 'u8', image: [1, 16, 40, 44], weights: [18, 16, 3, 3], padding, lo: 0, hi: 255, ...rising },
    channels: { dtype: 'i8', image: [1, 600, 10, 10], weights: [20, 600, 3, 3], padding, lo: -128, hi: 127, ...rising },
    pixels: { dtype: 'i8', image: [1, 3, 70, 71], weights: [5, 3, 3, 3], padding, lo: 0, hi: 127, ...rising },
  };
  expect(new Set(await prove(convolutions('large', large), gemminiOf('2023-02')))).toEqual(new Set(['gemmini-convolution-loop']));
}, 120_000);

test('a product of few rows with new weights is over before products are configured anew', async () => {
  const narrow: Layer = { dtype: 'i8', image: [1, 64, 1, 4], weights: [240, 64, 3, 3], padding, lo: -128, hi: 127, ...rising };
  expect(await prove(convolutions('narrow', { narrow }), gemminiOf('2023-10'))).toEqual(['gemmini-convolution-loop']);
}, 120_000);

test('loops of matrices between them leave their sums where they are', async () => {
  const layer: Layer = { dtype: 'i8', image: [1, 17, 6, 6], weights: [7, 17, 3, 3], padding, lo: -128, hi: 127, ...rising };
  const product: Layer = { ...layer, lo: -32768, hi: 32767 };
  const kernels = await proveWith(
    convolutionLoop,
    convolutions('between', { first: layer, product, second: layer, third: layer }),
    gemminiOf('2023-10'),
    [convolution],
  );
  expect(kernels).toEqual(['gemmini-convolution-loop', 'gemmini-convolution', 'gemmini-convolution-loop', 'gemmini-convolution-loop']);
}, 120_000);

test('steps of other sizes along both axes, groups, rows, multipliers of each channel, and firmware for all generations have none', async () => {
  const layer: Layer = { dtype: 'i8', image: [1, 4, 9, 9], weights: [8, 4, 3, 3], padding, lo: 0, hi: 255, ...rising };
  const program = convolutions('others', {
    steps: { ...layer, stride: [2, 1] },
    groups: { ...layer, weights: [8, 2, 3, 3], groups: 2 },
    row: { ...layer, image: [1, 4, 9], weights: [8, 4, 3], stride: [1], padding: [1, 1] },
    own: { ...layer, uniform: false, rising: false },
    wide: { ...layer, lo: -32768, hi: 32767 },
  });
  expect(new Set(await prove(program, gemminiOf('2023-02')))).toEqual(new Set(['core']));
  expect(await prove(convolutions('all', { layer }), gemmini)).toEqual(['core']);
}, 120_000);
