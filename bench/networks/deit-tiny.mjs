// DeiT-tiny of 224x224 pixels with made-up weights: the checkpoint and the pictures of `bitwright example deit-tiny`, and the Program of it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNpy } from '../../dist/formats/npy.js';
import { deitTinyState } from '../../dist/importers/ivit/deit-tiny.js';
import { writeExample } from '../../dist/importers/ivit/example.js';
import { importCheckpoint } from '../../dist/importers/ivit/import.js';
import { lower } from '../../dist/lowering/lower.js';
import { styles } from '../../dist/lowering/styles/index.js';
import { quantiseSample, splitSamples } from '../../dist/verify/samples.js';

/** Multiply-accumulates of all modules: what the network does in PyTorch. */
export const macs = 1_253_683_200;

async function make() {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  await writeExample(folder, await deitTinyState(), { pictures: 32, side: 224 });
  const [checkpoint, images] = ['checkpoint.pth.tar', 'images.npy'].map((name) => join(folder, name));
  const { network } = await importCheckpoint(checkpoint);
  const program = lower(network, { style: styles.get('ivit') });
  const array = parseNpy(readFileSync(images), images);
  const samples = splitSamples(network.inputs, [{ where: images, array }]).map((sample) => quantiseSample(program, sample));
  return { checkpoint, images, program, samples };
}

let made;

/** { checkpoint, images, program, samples }: the paths of two files, and quantised samples for the engine. */
export function deitTiny() {
  made ??= make();
  return made;
}
