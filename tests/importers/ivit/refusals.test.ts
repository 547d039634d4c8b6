import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BadInput } from '../../../src/errors.ts';
import { withCheckpoint } from '../../../src/formats/checkpoint/checkpoint.ts';
import { printCheckpoint } from '../../../src/formats/checkpoint/write.ts';
import { importCheckpoint } from '../../../src/importers/ivit/import.ts';
import type { ModelWish } from '../../../src/importers/ivit/models.ts';
import { type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { digits, swin } from './networks.ts';

type State = Map<string, Tensor>;

let directory: string;
let states: Readonly<Record<'deit' | 'swin', State>>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bitwright-ivit-'));
  const stateOf = (path: string): Promise<State> =>
    withCheckpoint(
      path,
      async ({ names, read }) => new Map(await Promise.all(names.map(async (name) => [name, await read(name)] as const))),
    );
  states = { deit: await stateOf(digits.checkpoint(directory)), swin: await stateOf(swin.checkpoint(directory)) };
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const withElement = ({ type, data }: Tensor, at: number, value: number): Tensor => {
  const changed = data.slice();
  changed[at] = value;
  return tensor(type, changed);
};
const floats = (shape: readonly number[], value = 0): Tensor =>
  tensor({ dtype: 'f32', shape }, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value));

/** The message about a checkpoint after a change. */
async function refusal(family: keyof typeof states, change: (state: State) => void, wish: ModelWish): Promise<string> {
  const state = new Map(states[family]);
  change(state);
  const path = join(directory, 'changed.pth');
  writeFileSync(path, printCheckpoint(state));
  const error: unknown = await importCheckpoint(path, wish).then(
    () => new Error('it was imported'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BadInput);
  return (error as Error).message.replaceAll(path, 'CHECKPOINT');
}

describe('a DeiT is refused with a sentence', () => {
  const norm = 'blocks.1.norm2';
  test.each<[string, (state: State) => void, string | RegExp]>([
    [
      'no heads',
      () => {},
      'CHECKPOINT: found 64 channels, and no tensor that tells the number of heads, expected --heads 1, 2, 4, 8, 16, 32. Pass',
    ],
    [
      'weights that changed after they were quantised',
      (s) => s.set('blocks.0.mlp.fc1.weight', withElement(s.get('blocks.0.mlp.fc1.weight')!, 70, 0)),
      /tensor blocks\.0\.mlp\.fc1\.weight_integer: found -?\d+ at element 70 \(1 of 16384 differ\), expected 0, which the float parameters .*evaluation pass/,
    ],
    [
      'a bias that changed after it was quantised',
      (s) => s.set('head.bias', withElement(s.get('head.bias')!, 3, 9)),
      /tensor head\.bias_integer: found -?\d+ at element 3/,
    ],
    [
      'a scale that changed after the bias was quantised',
      (s) => s.set('blocks.0.qact1.act_scaling_factor', floats([], 0.5)),
      'tensor blocks.0.attn.qkv.bias_integer: found',
    ],
    [
      'weight scales of a longer training',
      (s) => s.set('head.fc_scaling_factor', withElement(s.get('head.fc_scaling_factor')!, 9, 1)),
      'tensor head.fc_scaling_factor: found 1 at element 9 (1 of 10 differ)',
    ],
    [
      'a module that never ran',
      (s) => s.set('blocks.1.qact4.act_scaling_factor', floats([1])),
      'tensor blocks.1.qact4.act_scaling_factor: found the scale 0: the module never ran, expected a scale above 0. Save the checkpoint right after',
    ],
    ['a negative scale', (s) => s.set('qact_input.act_scaling_factor', floats([], -1)), 'found the scale -1, expected a scale above 0'],
    ['a scale for each channel', (s) => s.set('qact1.act_scaling_factor', floats([64], 1)), 'found the shape [64], expected one scale'],
    ['no scale', (s) => s.delete('blocks.0.qact2.act_scaling_factor'), 'tensor blocks.0.qact2.act_scaling_factor: found no such tensor'],
    [
      'a weight that is no number',
      (s) => s.set('cls_token', withElement(s.get('cls_token')!, 5, Number.NaN)),
      'tensor cls_token: found NaN at element 5, expected finite numbers. Train again',
    ],
    [
      'a LayerNorm weight of 0',
      (s) => s.set(`${norm}.weight`, withElement(s.get(`${norm}.weight`)!, 7, 0)),
      `tensor ${norm}.weight: found 0 at channel 7, by which the bias is divided`,
    ],
    [
      'a LayerNorm bias that is not that of its parameters',
      (s) => s.set(`${norm}.bias`, withElement(s.get(`${norm}.bias`)!, 7, 3)),
      `tensor ${norm}.bias_integer: found`,
    ],
    [
      'a product of scales that is none',
      (s) => s.set('blocks.0.attn.matmul_1.act_scaling_factor', floats([], 1)),
      'tensor blocks.0.attn.matmul_1.act_scaling_factor: found 1 at element 0 (1 of 1 differ), expected 0.',
    ],
    [
      'probabilities of another width',
      (s) => s.set('blocks.0.attn.int_softmax.act_scaling_factor', floats([1], 2 ** -7)),
      'int_softmax.act_scaling_factor: found 0.0078125 at element 0',
    ],
    ['a distilled DeiT', (s) => s.set('dist_token', floats([1, 1, 64])), 'tensor dist_token: found a tensor that no module reads'],
    ['positions of no square', (s) => s.set('pos_embed', floats([1, 16, 64])), 'found 15 positions, expected those of a square image'],
    [
      'a matrix of another size',
      (s) => s.set('head.weight', floats([10, 65])),
      'tensor head.weight: found the shape [10, 65], expected [10, 64]',
    ],
    ['an empty matrix', (s) => s.set('head.weight', floats([0, 64])), 'found the shape [0, 64], expected 2 axes of at least 1'],
    ['no head', (s) => s.delete('head.weight'), 'tensor head.weight: found no such tensor'],
  ])('%s', async (name, change, message) => {
    const said = await refusal('deit', change, name === 'no heads' ? {} : { heads: 2 });
    if (typeof message === 'string') expect(said).toContain(message);
    else expect(said).toMatch(message);
  });

  test.each<[string, ModelWish, string]>([
    ['heads that do not divide the channels', { heads: 3 }, 'found --heads 3 for 64 channels, expected --heads 1, 2, 4'],
    [
      'another model by name',
      { heads: 2, modelName: 'deit_tiny_patch16_224' },
      'found the checkpoint of a model of other sizes, expected one of deit_tiny',
    ],
    [
      'a name of no model',
      { modelName: 'resnet' },
      '--model-name resnet: found no model of I-ViT, expected one of deit_tiny_patch16_224, deit_small',
    ],
  ])('%s', async (_, wish, message) => {
    expect(await refusal('deit', () => {}, wish)).toContain(message);
  });
});

describe('a Swin is refused with a sentence', () => {
  const index = 'layers.0.blocks.0.attn.relative_position_index';
  test.each<[string, (state: State) => void, string]>([
    ['an index beyond its table', (s) => s.set(index, withElement(s.get(index)!, 0, 49)), 'the index leaves the table of 49 entries'],
    [
      'a table of another window',
      (s) => s.set('layers.0.blocks.0.attn.relative_position_bias_table', floats([25, 2])),
      'found the shape [25, 2], expected [49, 2]',
    ],
    ['no mask', (s) => s.delete('layers.0.blocks.1.attn_mask'), 'expected'],
  ])('%s', async (_, change, message) => {
    expect(await refusal('swin', change, {})).toContain(message);
  });

  test('heads that its shapes contradict', async () => {
    expect(await refusal('swin', () => {}, { heads: 8 })).toContain('found --heads 8, expected 2, 4, which the shapes say');
  });
});

describe('what is no checkpoint of I-ViT is refused with a sentence', () => {
  test('another network', async () => {
    expect(await refusal('deit', (s) => s.clear(), {})).toContain('found no tensors, expected the state_dict of a DeiT, ViT or Swin');
  });
  test('a float model', async () => {
    const floatOnly = (s: State): void => {
      for (const name of [...s.keys()]) if (name.includes('scaling_factor') || name.includes('integer')) s.delete(name);
    };
    expect(await refusal('deit', floatOnly, {})).toContain('found a float model, without act_scaling_factor');
  });
});

test('a checkpoint of DataParallel, or inside what a training script saves, is the same network', async () => {
  const path = join(directory, 'parallel.pth');
  writeFileSync(path, printCheckpoint(new Map([...states.swin].map(([name, value]) => [`module.${name}`, value]))));
  expect(await importCheckpoint(path)).toEqual(await importCheckpoint(swin.checkpoint(directory)));
});
