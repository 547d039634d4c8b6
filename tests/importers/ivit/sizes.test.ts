import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readDumps } from '../../../src/formats/dumps.ts';
import { withScratchDirectory } from '../../../src/formats/files.ts';
import { importCheckpoint } from '../../../src/importers/ivit/import.ts';
import { lowerScaled } from '../../../src/lowering/lower.ts';
import { styles } from '../../../src/lowering/styles/index.ts';
import type { Values } from '../../../src/verify/deployment.ts';
import { compareDumps, picturesOf } from '../../../src/verify/dumps.ts';
import { engines } from '../../../src/verify/engines.ts';
import { splitSamples } from '../../../src/verify/samples.ts';

/**
 * Small networks with random weights that PyTorch ran with the modules of I-ViT, the sums of IntLayerNorm, IntSoftmax and the average pool in
 * float64: a grey picture; matrices without bias and five heads; a first stage of one block and windows of two rows; a picture of one window.
 */
test.each([
  ['deit_grey', { heads: 3 }, 'deit_patch4_12', 29],
  ['deit_without_bias', { heads: 5 }, 'deit_patch8_16', 50],
  ['swin_single_block', {}, 'swin_patch2_window2_16', 83],
  ['swin_one_window', {}, 'swin_patch2_window6_12', 56],
])('%s: a size of its own, every integer of every module', (folder, wish, name, modules) =>
  withScratchDirectory(async (scratch) => {
    const directory = `tests/fixtures/ivit/sizes/${folder}`;
    const path = join(scratch, 'checkpoint.pth.tar');
    writeFileSync(path, gunzipSync(readFileSync(`${directory}/checkpoint.pth.tar.gz`)));
    const { network } = await importCheckpoint(path, wish);
    expect(network.name).toBe(name);
    const dumps = await readDumps(directory);
    const scaled = lowerScaled(network, { style: styles.get('dyadic')!, fuse: false });
    const samples = splitSamples(network.inputs, [{ where: dumps.where, array: dumps.input }]);
    const run = (await engines.fast())(scaled.program);
    const ours = { ...scaled, whole: true, compute: (inputs: Values) => run(inputs, 'steps') };
    const found = await compareDumps(network, ours, picturesOf(dumps, samples));
    expect(found.modules).toHaveLength(modules);
    expect(found).toMatchObject({ equal: true, mismatches: 0, absent: [] });
  }),
);
