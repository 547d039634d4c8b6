import { expect, test } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import type { Call, Program } from '../../../src/program/program.ts';
import { convolutionPooled } from '../../../src/targets/gemmini/kernels/convolution-pooled.ts';
import { convolutions, greatest, halved, type Layer, pooled } from './convolutions.ts';
import { proveWith } from './prove.ts';

const prove = (program: Program, declaration: GemminiDeclaration): Promise<string[]> => proveWith(convolutionPooled, program, declaration);

const padding = [1, 1, 1, 1];
const rising = { uniform: true, rising: true };
const flat: Call = { operator: 'reshape', operands: [], attributes: { shape: [1, 7 * 5 * 4] } };

const several: { readonly [name: string]: Layer } = {
  unsigned: { dtype: 'u8', image: [1, 5, 12, 14], weights: [21, 5, 3, 3], padding, lo: 0, hi: 255, rising: true, behind: [pooled] },
  rescaled: { dtype: 'i8', image: [1, 3, 13, 11], weights: [33, 3, 3, 3], padding, lo: 0, hi: 255, rising: true, behind: [pooled, halved] },
  'rescaled before': {
    dtype: 'i8',
    image: [1, 3, 9, 9],
    weights: [8, 3, 3, 3],
    padding,
    lo: 0,
    hi: 255,
    ...rising,
    behind: [halved, pooled],
  },
  rectified: { dtype: 'i8', image: [1, 20, 10, 8], weights: [7, 20, 1, 1], lo: 0, hi: 127, ...rising, behind: [pooled, flat] },
  overlapping: {
    dtype: 'i8',
    image: [1, 2, 15, 17],
    weights: [9, 2, 3, 3],
    padding,
    lo: -128,
    hi: 127,
    ...rising,
    behind: [greatest(3, 2)],
  },
  dense: { dtype: 'u8', image: [1, 2, 9, 10], weights: [16, 2, 2, 2], lo: 0, hi: 255, ...rising, behind: [greatest(3, 1), halved, halved] },
  depthwise: {
    dtype: 'u8',
    image: [1, 37, 8, 9],
    weights: [37, 1, 3, 3],
    padding,
    groups: 37,
    lo: 0,
    hi: 255,
    ...rising,
    behind: [pooled],
  },
  scaled: {
    dtype: 'i8',
    image: [1, 4, 10, 10],
    weights: [19, 4, 3, 3],
    padding,
    lo: 0,
    hi: 255,
    ...rising,
    scaled: true,
    behind: [pooled],
  },
};

test.each([8, 16, 32] as const)(
  'an array of %s rows pools the rounded sums of convolutions, every integer right',
  async (dim) => {
    const kernels = await prove(convolutions('pooled', several), { ...gemmini, dim });
    expect(kernels).toEqual(Object.keys(several).map(() => 'gemmini-convolution-pooled'));
  },
  120_000,
);

test('more positions than the accumulator holds are pooled some rows of windows at a time', async () => {
  const large: Layer = {
    dtype: 'u8',
    image: [1, 3, 40, 50],
    weights: [18, 3, 3, 3],
    padding,
    lo: 0,
    hi: 255,
    rising: true,
    behind: [pooled],
  };
  const over: Layer = { ...large, image: [1, 3, 40, 47], behind: [greatest(3, 2), halved] };
  expect(new Set(await prove(convolutions('large', { large, over }), gemmini))).toEqual(new Set(['gemmini-convolution-pooled']));
}, 120_000);

test('windows that leave the image, rows of them, multipliers of each channel, and falling results are left to other kernels', async () => {
  const layer: Layer = { dtype: 'i8', image: [1, 3, 9, 9], weights: [8, 3, 3, 3], padding, lo: 0, hi: 255, ...rising };
  const window = (attributes: object): Call => ({ ...pooled, attributes: { ...pooled.attributes, ...attributes } });
  const program = convolutions('others', {
    border: { ...layer, behind: [window({ padding })] },
    ceil: { ...layer, behind: [window({ ceil: true })] },
    row: { ...layer, behind: [window({ kernel: [1, 4], stride: [1, 4] })] },
    large: { ...layer, behind: [greatest(4)] },
    own: { ...layer, uniform: false, rising: false, behind: [pooled] },
  });
  expect(new Set(await prove(program, gemmini))).toEqual(new Set(['core']));
}, 120_000);
