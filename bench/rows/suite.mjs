// Networks of the suite on the fast engine, one thread: attention beside the speed of a product, Mamba and LUNA beside PyTorch running the same model.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importBundle } from '../../dist/importers/bundle/import.js';
import { lower } from '../../dist/lowering/lower.js';
import { styles } from '../../dist/lowering/styles/index.js';
import { operators } from '../../dist/operators/index.js';
import { quantiseSample, splitSamples } from '../../dist/verify/samples.js';
import { stepFacts } from '../../dist/verify/steps.js';
import { runPython } from '../peers/python.mjs';
import { drawInputs, linearProgram, prepared } from '../programs.mjs';
import { inTurns, rates, shortestCall } from '../rate.mjs';

const size = [400, 192, 768];

/** The network as PyTorch made it: how long it takes there, its multiply-accumulates, and a function that gives ours in milliseconds. */
async function made(name) {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-bench-'));
  try {
    const bundle = join(folder, name);
    const theirs = runPython('suite.py', name, bundle);
    if (theirs.absent !== undefined) return theirs;
    const { network, samples } = await importBundle(bundle);
    const program = lower(network, { style: styles.get('dyadic') });
    const arrays = [...network.inputs.keys()].map((input) => ({ where: name, array: samples.inputs.get(input) }));
    const inputs = quantiseSample(program, splitSamples(network.inputs, arrays)[0]);
    const engine = await prepared(program);
    const macs = stepFacts(program, operators).reduce((sum, step) => sum + step.macs, 0);
    return { ...theirs, macs, time: () => shortestCall(() => engine.run(inputs, 'outputs'), 400) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const besidePyTorch = (title, name) => ({
  name: `${title}, one input`,
  bar: '>= 5',
  async measure() {
    const { absent, time, milliseconds, version } = await made(name);
    if (absent !== undefined) return { absent };
    const [ours] = await inTurns([time], 3);
    return { value: 1000 / ours, unit: 'inputs/s', peer: `PyTorch ${version}`, peerValue: 1000 / milliseconds };
  },
});

export const rows = [
  {
    name: 'T26 (attention), one input',
    bar: '>= 0.4',
    async measure() {
      const { absent, time, macs } = await made('t26_tinymyo_8ch');
      if (absent !== undefined) return { absent };
      const product = linearProgram(...size);
      const engine = await prepared(product);
      const inputs = drawInputs(product);
      const [ours, alone] = await inTurns([time, () => shortestCall(() => engine.run(inputs, 'outputs', true))]);
      const scaled = (alone * macs) / size.reduce((all, each) => all * each, 1);
      return rates(macs, [ours, scaled], `products of ${size.join('x')}`);
    },
  },
  besidePyTorch('T23 (Mamba)', 't23_femba_tiny_int8'),
  besidePyTorch('T29 (LUNA)', 't29_luna_base'),
];
