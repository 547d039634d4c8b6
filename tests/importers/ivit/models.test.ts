import { describe, expect, test } from 'vitest';
import { findModel, modelNames } from '../../../src/importers/ivit/models.ts';
import type { Parameters } from '../../../src/importers/ivit/parameters.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

const scale = { 'qact_input.act_scaling_factor': [] };

const deit = (channels: number, depth: number, { patch = 16, image = 224, classes = 1000 } = {}): Shapes => ({
  ...scale,
  cls_token: [1, 1, channels],
  pos_embed: [1, (image / patch) ** 2 + 1, channels],
  'patch_embed.proj.weight': [channels, 3, patch, patch],
  'head.weight': [classes, channels],
  ...Object.fromEntries(Array.from({ length: depth }, (_, block) => [`blocks.${block}.norm1.weight`, [channels]])),
});

const swin = (
  channels: number,
  depths: readonly number[],
  heads: readonly number[],
  { window = 7, image = 224, patch = 4 } = {},
): Shapes => ({
  ...scale,
  'patch_embed.proj.weight': [channels, 3, patch, patch],
  'head.weight': [1000, channels * 2 ** (depths.length - 1)],
  ...Object.fromEntries(
    depths.flatMap((depth, stage) => {
      const side = image / patch / 2 ** stage;
      return Array.from({ length: depth }, (_, block) => {
        const name = `layers.${stage}.blocks.${block}`;
        const mask = [(side / window) ** 2, window ** 2, window ** 2];
        const entries: (readonly [string, readonly number[]])[] = [
          [`${name}.attn.relative_position_index`, [window ** 2, window ** 2]],
          [`${name}.attn.relative_position_bias_table`, [(2 * window - 1) ** 2, heads[stage]!]],
        ];
        return block % 2 === 1 && side > window ? [...entries, [`${name}.attn_mask`, mask] as const] : entries;
      }).flat();
    }),
  ),
});

/** Parameters of which only the shapes are known. */
const shaped = (shapes: Shapes): Parameters => {
  const none = (): never => {
    throw new Error('only shapes are known');
  };
  return {
    where: 'x.pth',
    names: Object.keys(shapes),
    has: (name) => name in shapes,
    shape: (name) => shapes[name] ?? none(),
    refuse: (name, found) => {
      throw new Error(`${name}: ${found}`);
    },
    read: none,
    scale: none,
    derived: none,
  };
};

const tinyDepths = [2, 2, 6, 2];
const deepDepths = [2, 2, 18, 2];

describe('the network of a checkpoint', () => {
  test.each<[string, Shapes]>([
    ['deit_tiny_patch16_224', deit(192, 12)],
    ['deit_small_patch16_224', deit(384, 12)],
    ['deit_base_patch16_224', deit(768, 12)],
    ['vit_large_patch16_224', deit(1024, 24)],
    ['deit_tiny_patch16_224', deit(192, 12, { classes: 10 })],
    ['swin_tiny_patch4_window7_224', swin(96, tinyDepths, [3, 6, 12, 24])],
    ['swin_small_patch4_window7_224', swin(96, deepDepths, [3, 6, 12, 24])],
    ['swin_base_patch4_window7_224', swin(128, deepDepths, [4, 8, 16, 32])],
  ])('%s is found by its shapes', (name, shapes) => {
    expect(findModel(shaped(shapes), {})).toMatchObject({ name, image: 224, colours: 3 });
    expect(findModel(shaped(shapes), { modelName: name.split('_').slice(0, 2).join('_') }).name).toBe(name);
  });

  test('of DeiT-base and ViT-base has the name that is wished', () => {
    expect(findModel(shaped(deit(768, 12)), { modelName: 'vit_base_patch16_224' }).name).toBe('vit_base_patch16_224');
    expect(modelNames).toHaveLength(8);
  });

  test.each<[number, Shapes, object]>([
    [32, deit(64, 2, { patch: 8, image: 32 }), { heads: 2 }],
    [384, deit(192, 12, { image: 384 }), {}],
    [224, deit(192, 12), { modelName: 'auto' }],
    [192, swin(48, [2, 4], [2, 4], { window: 6, image: 192 }), {}],
    [28, swin(48, [2], [2], { image: 28 }), {}],
    [64, swin(32, [1, 2], [2, 2], { window: 4, image: 64 }), {}],
  ])('for pictures of %i pixels is read from any shapes', (image, shapes, wish) => {
    expect(findModel(shaped(shapes), wish).image).toBe(image);
  });

  test('with known channels and another depth asks for its heads', () => {
    expect(() => findModel(shaped(deit(192, 6)), {})).toThrow('found 192 channels, and no tensor that tells the number of heads');
  });

  test('with other heads than the published one of its shapes is another network', () => {
    expect(findModel(shaped(deit(192, 12)), { heads: 4 }).name).toBe('deit_patch16_224');
    expect(findModel(shaped(deit(192, 12)), { heads: 3, modelName: 'deit_tiny' }).name).toBe('deit_tiny_patch16_224');
    expect(() => findModel(shaped(deit(192, 12)), { heads: 4, modelName: 'deit_tiny' })).toThrow('expected one of deit_tiny');
  });

  test('that is another than the wished one is refused', () => {
    expect(() => findModel(shaped(deit(384, 12)), { modelName: 'deit_tiny' })).toThrow(
      'x.pth, --model-name deit_tiny: found the checkpoint of deit_small_patch16_224, expected one of deit_tiny.',
    );
    expect(() => findModel(shaped(swin(96, tinyDepths, [3, 6, 12, 24])), { modelName: 'swin_small' })).toThrow(
      'swin_tiny_patch4_window7_224',
    );
  });
});
