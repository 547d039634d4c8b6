// Evaluation of the held-out digits, quantising the images and taking the greatest logit included, against PyTorch running the Brevitas model.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseNpy } from '../../dist/formats/npy.js';
import { importBundle } from '../../dist/importers/brevitas/import.js';
import { lower } from '../../dist/lowering/lower.js';
import { styles } from '../../dist/lowering/styles/index.js';
import { quantiseInput } from '../../dist/program/quantise.js';
import { runPython } from '../peers/python.mjs';
import { prepared } from '../programs.mjs';
import { inTurns, shortestCall } from '../rate.mjs';

const example = fileURLToPath(new URL('../../examples/digits/', import.meta.url));

/** Milliseconds for all held-out images on one thread. */
async function evaluation() {
  const { network } = await importBundle(`${example}bundle`);
  const program = lower(network, { style: styles.get('dyadic') });
  const engine = await prepared(program);
  const images = parseNpy(readFileSync(`${example}heldout_images.npy`), 'heldout_images.npy');
  const pixels = Float32Array.from(images.data, (grey) => grey / 16);
  const labels = parseNpy(readFileSync(`${example}heldout_labels.npy`), 'heldout_labels.npy').data;
  const [[name, input]] = program.inputs;
  const [output] = program.outputs;
  const count = images.type.shape[0];
  const size = pixels.length / count;
  const work = () => {
    let correct = 0;
    for (let image = 0; image < count; image++) {
      const values = pixels.subarray(image * size, (image + 1) * size);
      const logits = engine.run(new Map([[name, quantiseInput(input, values)]])).get(output).data;
      let best = 0;
      for (let digit = 1; digit < logits.length; digit++) if (logits[digit] > logits[best]) best = digit;
      if (best === Number(labels[image])) correct++;
    }
    if (correct < 0.98 * count) throw new Error(`only ${correct} of ${count} digits are right`);
  };
  return { count, work };
}

function against(name, bar, sizes) {
  return {
    name,
    bar,
    async measure() {
      const first = runPython('brevitas_digits.py', ...sizes);
      if (first.absent !== undefined) return first;
      const { count, work } = await evaluation();
      const theirs = () => Math.min(...Object.values(runPython('brevitas_digits.py', ...sizes).microseconds));
      const [mine, peer] = await inTurns([() => shortestCall(work, 400) * (1000 / count), theirs], 3);
      return {
        value: 1e6 / mine,
        unit: 'images/s',
        peer: `PyTorch ${first.version}, ${sizes.length > 1 ? 'its best batch' : 'one at a time'}`,
        peerValue: 1e6 / peer,
      };
    },
  };
}

export const rows = [against('digits, batches', '>= 3', [32, 64, 128, 256, 599]), against('digits, one image at a time', '>= 50', [1])];
