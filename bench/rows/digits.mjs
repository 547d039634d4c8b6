// Evaluation of the held-out digits, quantising the images and taking the greatest logit included, against PyTorch running the Brevitas model.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseNpy } from '../../dist/formats/npy.js';
import { importBundle } from '../../dist/importers/bundle/import.js';
import { lower } from '../../dist/lowering/lower.js';
import { styles } from '../../dist/lowering/styles/index.js';
import { quantiseInput } from '../../dist/program/quantise.js';
import { runPython } from '../peers/python.mjs';
import { prepared } from '../programs.mjs';
import { inTurns, shortestCall } from '../rate.mjs';

const example = fileURLToPath(new URL('../../examples/digits/', import.meta.url));

/** Images that are evaluated in one stretch: short enough that some stretch is not disturbed. */
const stretch = 60;

/** The evaluation of the next stretch of images, on one thread. */
async function evaluation() {
  const { network } = await importBundle(`${example}bundle`);
  const program = lower(network, { style: styles.get('dyadic') });
  const engine = await prepared(program);
  const images = parseNpy(readFileSync(`${example}heldout_images.npy`), 'heldout_images.npy');
  const labels = parseNpy(readFileSync(`${example}heldout_labels.npy`), 'heldout_labels.npy').data;
  const pixels = Float32Array.from(images.data, (grey) => grey / 16);
  const size = pixels.length / labels.length;
  const [[name, input]] = program.inputs;
  const [output] = program.outputs;

  const isRight = (image) => {
    const values = pixels.subarray(image * size, (image + 1) * size);
    const logits = engine.run(new Map([[name, quantiseInput(input, values)]])).get(output).data;
    let best = 0;
    for (let digit = 1; digit < logits.length; digit++) if (logits[digit] > logits[best]) best = digit;
    return best === labels[image];
  };
  let next = 0;
  return () => {
    let right = 0;
    for (let image = next; image < next + stretch; image++) if (isRight(image)) right++;
    if (right < 0.9 * stretch) throw new Error(`only ${right} of ${stretch} digits are right`);
    next = next + 2 * stretch <= labels.length ? next + stretch : 0;
  };
}

function against(name, bar, sizes) {
  const peer = sizes.length > 1 ? 'its best batch' : 'one at a time';
  return {
    name,
    bar,
    async measure() {
      const { absent, version } = runPython('brevitas_digits.py', ...sizes);
      if (absent !== undefined) return { absent };
      const evaluate = await evaluation();
      const theirs = () => Math.min(...Object.values(runPython('brevitas_digits.py', ...sizes).microseconds));
      const [mine, others] = await inTurns([() => (shortestCall(evaluate, 400) * 1000) / stretch, theirs], 3);
      return { value: 1e6 / mine, unit: 'images/s', peer: `PyTorch ${version}, ${peer}`, peerValue: 1e6 / others };
    },
  };
}

export const rows = [against('digits, batches', '>= 3', [32, 64, 128, 256, 599]), against('digits, one image at a time', '>= 50', [1])];
