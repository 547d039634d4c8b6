import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { withScratchDirectory } from '../../src/formats/files.ts';
import { parseNpy, printNpy } from '../../src/formats/npy.ts';
import { importCheckpoint } from '../../src/importers/ivit/import.ts';
import { modulesOfUnit, unitsOf } from '../../src/importers/ivit/units.ts';
import { lower } from '../../src/lowering/lower.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import { type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { checksum } from '../../src/verify/checksum.ts';
import { nearest } from '../../src/verify/near.ts';
import { quantiseSample, splitSamples } from '../../src/verify/samples.ts';
import { digitImages } from '../importers/ivit/networks.ts';
import { bitwright } from './bitwright.ts';

const model = ['examples/vit-digits/checkpoint.pth.tar', '--heads', '2'];
let images: Tensor;
let every: ReadonlyMap<string, Tensor>;
beforeAll(async () => {
  const path = 'examples/vit-digits/heldout_images.npy';
  const { type, data } = parseNpy(readFileSync(path), path);
  images = digitImages(tensor({ dtype: 'u8', shape: [1, ...type.shape.slice(1)] }, data.slice(0, 64)));
  const { network } = await importCheckpoint(model[0]!, { heads: 2 });
  const program = lower(network, { style: styles.get('dyadic')!, fuse: false });
  const [sample] = splitSamples(network.inputs, [{ where: path, array: images }]);
  every = runReference(program, quantiseSample(program, sample!));
});

const stopped = (command: string, unit: string, ...more: readonly string[]) =>
  withScratchDirectory(async (scratch) => {
    const input = join(scratch, 'images.npy');
    writeFileSync(input, printNpy(images));
    return bitwright(command, ...model, '--input', input, '--stop-after', unit, '--checksum', ...more);
  });

test('the checksum is h = 131 h + byte over all bytes, modulo 2^64', () => {
  const data = Int32Array.from({ length: 37 }, (_, at) => (at - 18) * 123456789);
  let expected = 0n;
  for (const byte of new Uint8Array(data.buffer)) expected = (expected * 131n + BigInt(byte)) % 2n ** 64n;
  expect(checksum(tensor({ dtype: 'i32', shape: [37] }, data))).toBe(expected);
  expect(checksum(tensor({ dtype: 'i8', shape: [2] }, Int8Array.of(-1, 2)))).toBe(131n * 255n + 2n);
});

describe('infer --stop-after', () => {
  test.each([
    ['blocks.0.attn.int_softmax', 'blocks.0.attn.int_softmax'],
    ['block_0_pre_add1', 'blocks.0.attn.qact3'],
    ['block_1_post_gelu', 'blocks.1.mlp.act'],
    ['post_concat', 'cls_token'],
    ['post_block0', 'blocks.0.qact4'],
    ['pre_head_req', 'qact2'],
    ['head_int', 'head'],
    ['head_float', 'head.logits'],
  ])('%s ends in the integers of %s', async (unit, module) => {
    const { out, code } = await stopped('infer', unit, '--json');
    expect(code).toBe(0);
    const value = every.get(module)!;
    expect(JSON.parse(out)).toMatchObject([{ output: module, checksum: String(checksum(value)), data: Array.from(value.data) }]);
  });

  test('what is only moved is brought into its place', async () => {
    const { out } = await stopped('infer', 'pre_head', '--json');
    expect(JSON.parse(out)).toMatchObject([{ shape: [1, 64], data: Array.from(every.get('norm')!.data.subarray(0, 64)) }]);
  });

  test('a wrong name ends in near ones', async () => {
    const { note, code } = await stopped('infer', 'block_1_postgelu');
    expect(note).toContain('found no such step in deit_patch8_32, expected a name such as block_1_post_gelu, block_0_post_gelu,');
    expect(code).toBe(1);
  });

  test('a layer that has no value of its own is told from a name that nothing has', async () => {
    const { note, code } = await bitwright('infer', 'examples/digits/bundle', '--stop-after', 'bn1');
    expect(note).toMatch(/found a layer of digits whose own value no step makes: .* expected a name such as \S+, /);
    expect(note).not.toMatch(/such as .*\bbn1\b/);
    expect(code).toBe(1);
  });

  test('what is known before the Program runs is no step', async () => {
    const { note } = await stopped('infer', 'post_pos_quant');
    expect(note).toContain('found qact_pos, which is known before the Program runs');
  });
});

test('deploy --stop-after proves the part of the network, and prints what the target computed', async () => {
  const { out, code } = await stopped('deploy', 'block_0_post_gelu', '--target', 'host');
  expect(out).toContain(` ${checksum(every.get('blocks.0.mlp.act')!)}`);
  expect(out).toMatch(/elements of 1 sample, 0 mismatches/);
  expect(code).toBe(0);
});

test('classify --stop-after prints the value in place of classes', async () => {
  const [checkpoint = ''] = model;
  const argv = ['classify', '--model', checkpoint, '--heads', '2', '--image', 'tests/fixtures/images/420.jpg'];
  expect((await bitwright(...argv, '--stop-after', 'post_block1', '--checksum')).out).toMatch(
    /420\.jpg +blocks\.1\.qact4 +1x17x64 .* \d{15,20}\n/,
  );
  expect((await bitwright(...argv, '--checksum')).out).toMatch(/\nchecksum: \d{15,20}\n/);
});

test("the older flow's names are those of modules, and the other way round", () => {
  expect(modulesOfUnit('post_stage2_block5')).toEqual(['layers.2.blocks.5.qact4']);
  expect(modulesOfUnit('pre_head')).toEqual(['class_token', 'qact3']);
  expect(modulesOfUnit('block_x_norm1')).toEqual([]);
  expect(unitsOf(['blocks.11.mlp.act', 'layers.0.downsample.qact2', 'other'])).toEqual(['block_11_post_gelu', 'post_stage0_downsample']);
  expect(nearest('blocks.0.atn.qkv', ['head', 'blocks.0.attn.qkv', 'blocks.1.attn.qkv'], 1)).toEqual(['blocks.0.attn.qkv']);
});
