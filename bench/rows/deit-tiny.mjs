// DeiT-tiny in integers on the fast engine: beside its products alone, beside PyTorch running the modules of I-ViT, and on two threads.
import { openBatch } from '../../dist/engine/run-batch.js';
import { deitTiny, macs } from '../networks/deit-tiny.mjs';
import { runPython } from '../peers/python.mjs';
import { drawInputs, linearProgram, prepared } from '../programs.mjs';
import { inTurns, shortestCall } from '../rate.mjs';

const size = [197, 192, 768];

/** Milliseconds of one picture on one thread. */
async function onePicture() {
  const { program, samples } = await deitTiny();
  const engine = await prepared(program);
  return () => shortestCall(() => engine.run(samples[0]), 400);
}

/** Milliseconds of as many multiply-accumulates in one product after the other: as long a stretch, so that what disturbs it disturbs both. */
async function productsAlone() {
  const program = linearProgram(...size);
  const engine = await prepared(program);
  const inputs = drawInputs(program);
  const times = Math.round(macs / size.reduce((product, each) => product * each, 1));
  return () =>
    shortestCall(() => {
      for (let time = 0; time < times; time++) engine.run(inputs, 'outputs', true);
    }, 400);
}

function against(name, bar, batches) {
  return {
    name,
    bar,
    async measure() {
      const { checkpoint, images } = await deitTiny();
      const time = await onePicture();
      const measured = runPython('ivit.py', checkpoint, images, ...batches);
      if (measured.absent !== undefined) return { absent: measured.absent };
      const { version } = measured;
      let best = 'one at a time';
      const theirs = () => {
        const [[batch, milliseconds]] = Object.entries(runPython('ivit.py', checkpoint, images, ...batches).milliseconds).sort(
          ([, a], [, b]) => a - b,
        );
        if (batches.length > 1) best = `batches of ${batch}`;
        return milliseconds;
      };
      const [mine, others] = await inTurns([time, theirs], 3);
      return { value: 1000 / mine, unit: 'images/s', peer: `PyTorch ${version}, ${best}`, peerValue: 1000 / others };
    },
  };
}

export const rows = [
  {
    name: 'DeiT-tiny, its products alone',
    bar: '<= 3',
    async measure() {
      const [value, peerValue] = await inTurns([await onePicture(), await productsAlone()]);
      return { value, unit: 'ms', peer: `its 1.25 GMAC at the speed of ${size.join('x')}`, peerValue };
    },
  },
  against('DeiT-tiny, one image at a time', '>= 3', [1]),
  against('DeiT-tiny, best batch', '>= 2', [1, 2, 4, 8, 16, 32]),
  {
    name: 'DeiT-tiny, two workers',
    bar: '>= 1.8',
    async measure() {
      const { program, samples } = await deitTiny();
      const batches = await Promise.all([2, 1].map((workers) => openBatch(program, workers)));
      const few = samples.slice(0, 8);
      const times = await inTurns(
        batches.map((batch) => async () => {
          const start = performance.now();
          await batch.run(few);
          return performance.now() - start;
        }),
        20,
      );
      await Promise.all(batches.map((batch) => batch.close()));
      const [two, one] = times.map((time) => (1000 * few.length) / time);
      return { value: two, unit: 'images/s', peer: 'one worker', peerValue: one };
    },
  },
];
