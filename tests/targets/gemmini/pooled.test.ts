import { expect, test } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import type { Call, Program } from '../../../src/program/program.ts';
import { convolutionPooled } from '../../../src/targets/gemmini/kernels/convolution-pooled.ts';
import { convolutions, greatest, halved, type Layer, pooled } from './convolutions.ts';
import { proveWith } from './prove.ts';

const provesPooled = async (program: Program, declaration: GemminiDeclaration): Promise<void> => {
  const kernels = await proveWith(convolutionPooled, program, declaration);
  expect(kernels).toEqual(program.steps.map(() => 'gemmini-convolution-pooled'));
};

const flat: Call = { operator: 'reshape', operands: [], attributes: { shape: [1, 7 * 5 * 4] } };

/** All bytes of results, one multiplier for all channels. */
const layer = { dtype: 'u8', padding: [1, 1, 1, 1], lo: 0, hi: 255, rising: true, behind: [pooled] } as const;
const uniform = { ...layer, uniform: true };
const signed = { ...uniform, dtype: 'i8' } as const;

const several: { readonly [name: string]: Layer } = {
  unsigned: { ...layer, image: [1, 5, 12, 14], weights: [21, 5, 3, 3] },
  rescaled: { ...layer, dtype: 'i8', image: [1, 3, 13, 11], weights: [33, 3, 3, 3], behind: [pooled, halved] },
  'rescaled before': { ...signed, image: [1, 3, 9, 9], weights: [8, 3, 3, 3], behind: [halved, pooled] },
  rectified: { ...signed, padding: [0, 0, 0, 0], image: [1, 20, 10, 8], weights: [7, 20, 1, 1], hi: 127, behind: [pooled, flat] },
  overlapping: { ...signed, image: [1, 2, 15, 17], weights: [9, 2, 3, 3], lo: -128, hi: 127, behind: [greatest(3, 2)] },
  dense: { ...uniform, padding: [0, 0, 0, 0], image: [1, 2, 9, 10], weights: [16, 2, 2, 2], behind: [greatest(3, 1), halved, halved] },
  depthwise: { ...uniform, image: [1, 37, 8, 9], weights: [37, 1, 3, 3], groups: 37 },
  scaled: { ...signed, image: [1, 4, 10, 10], weights: [19, 4, 3, 3], scaled: true },
};

test.each([8, 16, 32] as const)(
  'an array of %s rows pools the rounded sums of convolutions, every integer right',
  (dim) => provesPooled(convolutions('pooled', several), { ...gemmini, dim }),
  120_000,
);

test('more positions than the accumulator holds are pooled some rows of windows at a time', async () => {
  const large = { ...layer, image: [1, 3, 40, 50], weights: [18, 3, 3, 3] };
  const over = { ...large, image: [1, 3, 40, 47], behind: [greatest(3, 2), halved] };
  await provesPooled(convolutions('large', { large, over }), gemmini);
}, 120_000);

test('windows that leave the image, rows of them, multipliers of each channel, and falling results are left to other kernels', async () => {
  const small = { ...signed, image: [1, 3, 9, 9], weights: [8, 3, 3, 3] };
  const window = (attributes: object): Call => ({ ...pooled, attributes: { ...pooled.attributes, ...attributes } });
  const program = convolutions('others', {
    border: { ...small, behind: [window({ padding: layer.padding })] },
    ceil: { ...small, behind: [window({ ceil: true })] },
    row: { ...small, behind: [window({ kernel: [1, 4], stride: [1, 4] })] },
    large: { ...small, behind: [greatest(4)] },
    own: { ...small, uniform: false, rising: false },
  });
  expect(new Set(await proveWith(convolutionPooled, program, gemmini))).toEqual(new Set(['core']));
}, 120_000);
