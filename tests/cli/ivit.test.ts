import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { parseNpy, printNpy } from '../../src/formats/npy.ts';
import { parseSafetensors, printSafetensors } from '../../src/formats/safetensors.ts';
import { importCheckpoint } from '../../src/importers/ivit/import.ts';
import { lowerScaled } from '../../src/lowering/lower.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import { type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { modulesOf } from '../../src/verify/dumps.ts';
import { quantiseSample, splitSamples } from '../../src/verify/samples.ts';
import { digitImages, swin } from '../importers/ivit/networks.ts';
import { describeWithPython, numpyPython, torchPython } from '../python.ts';
import { bitwright } from './bitwright.ts';

const checkpoint = 'examples/vit-digits/checkpoint.pth.tar';
let root: string;
let input: string;
let images: Tensor;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-ivit-'));
  const path = 'examples/vit-digits/heldout_images.npy';
  const { type, data } = parseNpy(readFileSync(path), path);
  images = digitImages(tensor({ dtype: 'u8', shape: [2, ...type.shape.slice(1)] }, data.slice(0, 128)));
  input = join(root, 'images.npy');
  writeFileSync(input, printNpy(images));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a checkpoint of I-ViT is a MODEL', () => {
  test('show prints its network, check finds every module compatible', async () => {
    const shown = await bitwright('show', checkpoint, '--heads', '2', '--step', 'blocks.0.qact2');
    expect(shown.out).toContain('blocks.0.qact2 = ivit-quantise(blocks.0.attn.qact3, qact1) bits=16');
    const { out, code } = await bitwright('check', checkpoint, '--heads', '2');
    expect(out).toContain('deit_patch8_32: compatible (76 supported, 0 unsupported, 0 behind those)');
    expect(code).toBe(0);
  });

  test('infer gives what the bundle that convert wrote gives', async () => {
    const bundle = join(root, 'bundle');
    expect((await bitwright('convert', checkpoint, '--heads', '2', '--out', bundle)).out).toContain('a bundle of 76 records');
    const direct = await bitwright('infer', checkpoint, '--heads', '2', '--input', input, '--json');
    const again = await bitwright('infer', bundle, '--input', input, '--json');
    expect(direct.code).toBe(0);
    expect(again.out).toBe(direct.out);
    const { network } = await importCheckpoint(checkpoint, { heads: 2 });
    expect((await bitwright('show', bundle)).out).toContain(`network ${network.name}`);
  });

  test.each(['host', 'gemmini'])('deploy proves every integer of its C on %s', async (target) => {
    const { out, code } = await bitwright('deploy', checkpoint, '--heads', '2', '--input', input, '--target', target);
    expect(out).toMatch(/elements of 2 samples, 0 mismatches/);
    expect(code).toBe(0);
  });

  test('without heads, or with heads for what tells them itself, ends in a sentence', async () => {
    const without = await bitwright('show', checkpoint);
    expect(without).toMatchObject({ code: 1, out: '' });
    expect(without.note).toMatch(/^bitwright: examples.*: found 64 channels, .* Pass --heads with the num_heads of the model\.\n$/);
    const other = await bitwright('show', 'tests/fixtures/brevitas/mlp', '--heads', '2');
    expect(other).toMatchObject({
      code: 2,
      note: 'bitwright: --heads belongs to an I-ViT checkpoint, and tests/fixtures/brevitas/mlp is none\n',
    });
  });

  test('a directory that holds something is not overwritten by convert', async () => {
    const { code, note } = await bitwright('convert', checkpoint, '--heads', '2', '--out', 'examples/vit-digits');
    expect(code).toBe(1);
    expect(note).toContain('found a directory that holds');
  });
});

describe('convert --format params', () => {
  test('writes the tensors by the names of the older flow', async () => {
    const out = join(root, 'params');
    expect((await bitwright('convert', swin.checkpoint(root), '--format', 'params', '--out', out)).out).toContain(
      '52 tensors in params.npz',
    );
    const again = await bitwright('convert', swin.checkpoint(root), '--format', 'params', '--out', out, '--json');
    expect(JSON.parse(again.out)).toEqual({ out, format: 'params', network: 'swin_patch2_window4_32', tensors: 52 });
    if (numpyPython === undefined) return;
    const program = `
import numpy as np
a, b = np.load('params.npz'), np.load('params.npy', allow_pickle=True).item()
assert list(a) == list(b)
for name in a:
    assert a[name].dtype == b[name].dtype and a[name].shape == b[name].shape and (a[name] == b[name]).all()
    print(name, a[name].dtype, *a[name].shape)
`;
    const { stdout, status } = spawnSync(numpyPython, ['-c', program], { cwd: out, encoding: 'utf8' });
    expect(status).toBe(0);
    for (const line of [
      'patch_embed_proj_weight int8 32 3 2 2',
      'patch_embed_proj_bias int32 1 32 1 1',
      'stage0_block1_attn_rel_pos_bias_table_weight float32 49 2',
      'stage0_downsample_reduction_weight int8 64 128',
      'norm_bias int32 64',
    ]) {
      expect(stdout.split('\n')).toContain(line);
    }
  });
});

describe('compare', () => {
  /** Dumps that hold what this very network computes, but for a change. */
  async function dumps(name: string, change: (tensors: Map<string, Tensor>) => void): Promise<string> {
    const { network } = await importCheckpoint(checkpoint, { heads: 2 });
    const { program, scales } = lowerScaled(network, { style: styles.get('dyadic')!, fuse: false });
    const samples = splitSamples(network.inputs, [{ where: input, array: images }]);
    const pictures = samples.map((sample) => {
      const inputs = quantiseSample(program, sample);
      return new Map([...program.constants, ...inputs, ...runReference(program, inputs)]);
    });
    const tensors = new Map<string, Tensor>([['input', images]]);
    for (const module of modulesOf(network, scales)) {
      const parts = pictures.map((values) => values.get(module)!);
      const data = Int32Array.from(parts.flatMap((part) => [...part.data]));
      tensors.set(`${module}.int`, tensor({ dtype: 'i32', shape: [2, ...parts[0]!.type.shape.slice(1)] }, data));
    }
    change(tensors);
    const directory = join(root, name);
    mkdirSync(directory);
    writeFileSync(join(directory, 'dump.safetensors.gz'), gzipSync(printSafetensors(tensors)));
    return directory;
  }
  const compare = (directory: string, ...more: readonly string[]) =>
    bitwright('compare', '--checkpoint', checkpoint, '--heads', '2', '--dumps', directory, ...more);

  test('exits 0 when all integers are equal, and writes a report', async () => {
    const report = join(root, 'report.json');
    const { out, code } = await compare(await dumps('equal', () => {}), '--output', report);
    expect(out).toContain('\ndeit_patch8_32: 171,820 elements of 50 modules and 2 pictures, 0 mismatches\n');
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ equal: true, mismatches: 0, pictures: 2, absent: [] });
  });

  test('exits 1 and shows the first difference of one integer', async () => {
    const { out, code } = await compare(
      await dumps('changed', (tensors) => {
        tensors.get('blocks.0.attn.qkv.int')!.data[17 * 192 + 5]! += 1;
      }),
      '--engine',
      'reference',
    );
    expect(out).toMatch(/blocks\.0\.attn\.qkv +6,528 +1 +picture 1, element 5: -?\d+, not -?\d+/);
    expect(out).toContain('1 mismatch');
    expect(code).toBe(1);
  });

  test('exits 1 for a module that the network has not', async () => {
    const { out, code } = await compare(await dumps('foreign', (tensors) => tensors.set('dist.int', tensors.get('head.int')!)));
    expect(out).toContain('not in deit_patch8_32: dist\n');
    expect(code).toBe(1);
  });

  test('exits 1 for a module that the dumps have not', async () => {
    const { out, code } = await compare(await dumps('missing', (tensors) => tensors.delete('blocks.1.mlp.fc1.int')));
    expect(out).toContain('not in the dumps: 1 module of deit_patch8_32, such as blocks.1.mlp.fc1\n');
    expect(out).toContain('of 49 modules and 2 pictures, 0 mismatches');
    expect(code).toBe(1);
  });

  test('exits 1 for a scale that differs, though every integer is the same', async () => {
    const { scales } = lowerScaled((await importCheckpoint(checkpoint, { heads: 2 })).network, {
      style: styles.get('dyadic')!,
      fuse: false,
    });
    const saved = (module: string): Float32Array => Float32Array.from(scales.get(module)!);
    const scaleOf = (data: Float32Array): Tensor => tensor({ dtype: 'f32', shape: [data.length] }, data);
    const equal = await compare(
      await dumps('scaled', (tensors) => {
        for (const module of ['qact1', 'blocks.0.attn.qkv']) tensors.set(`${module}.scale`, scaleOf(saved(module)));
      }),
    );
    expect(equal).toMatchObject({ code: 0, out: expect.stringContaining('193 scales, all equal\n') });
    const wrong = saved('blocks.0.attn.qkv').map((scale, channel) => (channel === 7 ? 2 * scale : scale));
    const { out, code } = await compare(await dumps('rescaled', (tensors) => tensors.set('blocks.0.attn.qkv.scale', scaleOf(wrong))));
    expect(out).toMatch(/blocks\.0\.attn\.qkv +6,528 +0 +channel 7: /);
    expect(out).toContain('192 scales, those of 1 module differ\n');
    expect(code).toBe(1);
  });

  test('compares what a target computes with the modules that it keeps', async () => {
    const { out, code } = await compare(await dumps('target', () => {}), '--target', 'host');
    expect(out).toContain('33 modules inside joined steps, whose integers are stored nowhere (--no-fuse stores them)\n');
    expect(out).toMatch(/deit_patch8_32: [\d,]+ elements of 17 modules and 2 pictures, 0 mismatches\n/);
    expect(code).toBe(0);
  });

  test.each(['host', 'gemmini'])('compares every module with what %s computes where its steps join none', async (target) => {
    const { out, code } = await compare(await dumps(`whole-${target}`, () => {}), '--target', target, '--no-fuse');
    expect(out).not.toContain('inside joined steps');
    expect(out).toContain('171,820 elements of 50 modules and 2 pictures, 0 mismatches\n');
    expect(code).toBe(0);
  });

  test('wants dumps or pictures, and a checkpoint for PyTorch', async () => {
    const both = await bitwright('compare', '--checkpoint', checkpoint, '--heads', '2', '--dumps', root, '--images', root);
    expect(both).toMatchObject({ code: 2, note: 'bitwright: give --dumps or --images, one of them\n' });
    const bundle = await bitwright('compare', '--checkpoint', 'tests/fixtures/brevitas/mlp', '--images', root);
    expect(bundle).toMatchObject({
      code: 2,
      note: expect.stringContaining('PyTorch reads checkpoints, and tests/fixtures/brevitas/mlp is none'),
    });
    const bare = await bitwright('compare', '--checkpoint', checkpoint, '--heads', '2', '--images', input, '--python', join(root, 'none'));
    expect(bare.note).toMatch(/--python .*none: found no PyTorch in .*none, expected a Python 3 with PyTorch/);
    expect(bare.code).toBe(1);
  });

  test('says what is wrong with dumps', async () => {
    expect((await compare(root)).note).toContain('found no dump.safetensors and no dump.safetensors.gz, expected a folder with dumps');
    const short = await dumps('short', (tensors) => tensors.set('head.int', tensor({ dtype: 'i32', shape: [2, 9] })));
    expect((await compare(short)).note).toContain('tensor "head.int": found the shape [2, 9], expected 10 elements for each of 2 pictures');
  });
});

describeWithPython(torchPython, 'compare with PyTorch', (python) => {
  const live = (...more: readonly string[]) =>
    bitwright('compare', '--checkpoint', checkpoint, '--heads', '2', '--python', python, ...more);

  test('every integer and scale of every module is the one that PyTorch computes now', async () => {
    const { out, code } = await live('--images', input);
    expect(out).toMatch(/1,581 scales, all equal\ncompared with PyTorch \S+ with the bridge's modules of I-ViT\n/);
    expect(out).toContain('deit_patch8_32: 171,840 elements of 50 modules and the logits of 2 pictures, 0 mismatches\n');
    expect(code).toBe(0);
  });

  test('pictures of a folder are resized and normalised, and a report says how many predictions agree', async () => {
    const report = join(root, 'live.json');
    const { code } = await live('--images', 'tests/fixtures/images', '--num-samples', '1', '--output', report);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      pictures: 1,
      equal: true,
      predictions: { top1: 1, meanOverlap: 5, atLeastThree: 1 },
    });
  });

  test('a target gives the integers of the modules that its steps keep, and of the parts of them that it makes', async () => {
    const { out, code } = await live('--images', input, '--target', 'host');
    expect(out).toContain('33 modules inside joined steps, whose integers are stored nowhere (--no-fuse stores them)\n');
    expect(out).toMatch(/deit_patch8_32: [\d,]+ elements of 17 modules and the logits of 2 pictures, 0 mismatches\n/);
    expect(code).toBe(0);
  });

  test('a folder that is no checkout of I-ViT ends in a sentence', async () => {
    const { note, code } = await live('--images', input, '--ivit-repo', root);
    expect(note).toContain('it has no models/quantization_utils/quant_modules.py; name a checkout of zkkli/I-ViT with --ivit-repo');
    expect(code).toBe(1);
  });

  const checkout = process.env['BITWRIGHT_IVIT'];
  test.skipIf(checkout === undefined)('the same with the modules of I-ViT itself, where BITWRIGHT_IVIT names a checkout', async () => {
    const { out, code } = await live('--images', input, '--ivit-repo', checkout ?? '');
    expect(out).toContain('171,840 elements of 50 modules and the logits of 2 pictures, 0 mismatches\n');
    expect(code).toBe(0);
  });
});

const reference = process.env['BITWRIGHT_REFERENCE'];
describe.skipIf(reference === undefined)('the reference of I-ViT (skipped where no folder is named by BITWRIGHT_REFERENCE)', () => {
  test.each([
    ['nets/deit_a', ['--heads', '2'], '343,680 elements of 50 modules and the logits of 4 pictures, 0 mismatches'],
    ['nets/swin_a', [], '3,652,224 elements of 106 modules and the logits of 4 pictures, 0 mismatches'],
    ['digits', ['--heads', '2'], '257,760 elements of 50 modules and the logits of 3 pictures, 0 mismatches'],
  ])('%s: every integer of every module, on both engines', async (name, options, verdict) => {
    const folder = join(reference ?? '', 'ivit', name);
    for (const engine of ['fast', 'reference']) {
      const { out, code } = await bitwright(
        ...['compare', '--checkpoint', join(folder, 'checkpoint.pth.tar'), ...options, '--dumps', folder, '--engine', engine],
      );
      expect(out).toContain(verdict);
      expect(code).toBe(0);
    }
  });

  test.each([
    ['nets/deit_a', ['--heads', '2']],
    ['nets/swin_a', []],
  ])('%s: deployed to this machine', async (name, options) => {
    const folder = join(reference ?? '', 'ivit', name);
    const dump = join(folder, 'dump.safetensors.gz');
    const pictures = parseSafetensors(gunzipSync(readFileSync(dump)), dump).tensors.get('input')!;
    const file = join(root, 'pictures.npy');
    writeFileSync(file, printNpy(pictures));
    const { out, code } = await bitwright('deploy', join(folder, 'checkpoint.pth.tar'), ...options, '--input', file);
    expect(out).toMatch(/elements of 4 samples, 0 mismatches/);
    expect(code).toBe(0);
  });
});

test('example deit-tiny writes what compare, infer and the others read', async () => {
  const out = join(root, 'deit-tiny');
  expect((await bitwright('example', 'deit-tiny', '--out', out, '--pictures', '1')).out).toContain('3 files: checkpoint.pth.tar');
  const { network } = await importCheckpoint(join(out, 'checkpoint.pth.tar'));
  expect(network.name).toBe('deit_tiny_patch16_224');
  expect(parseNpy(readFileSync(join(out, 'images.npy')), 'images.npy').type.shape).toEqual([1, 3, 224, 224]);
});
