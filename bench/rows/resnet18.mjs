// ResNet-18 of the regression suite, one image end to end, and a batch of them on two threads.
import { runReference } from '../../dist/engine/reference.js';
import { openBatch } from '../../dist/engine/run-batch.js';
import { macs, resnet18 } from '../networks/resnet18.mjs';
import { resnet18Onnx } from '../networks/resnet18-onnx.mjs';
import { nativeLinear } from '../peers/native.mjs';
import { openSession } from '../peers/onnxruntime.mjs';
import { drawInputs, prepared } from '../programs.mjs';
import { inTurns, rates, shortestCall } from '../rate.mjs';

const linear = [197, 192, 768];
const linearMacs = linear.reduce((product, size) => product * size, 1);

async function ours() {
  const program = resnet18();
  const engine = await prepared(program);
  const inputs = drawInputs(program);
  return { program, inputs, time: () => shortestCall(() => engine.run(inputs)) };
}

export const rows = [
  {
    name: 'ResNet-18 (T10), reference',
    async measure() {
      const { program, inputs, time } = await ours();
      const times = await inTurns([time, () => shortestCall(() => runReference(program, inputs), 0)], 2);
      return rates(macs, times, 'reference engine');
    },
  },
  {
    name: 'ResNet-18 (T10), onnxruntime',
    async measure() {
      const { absent, run, version } = await openSession(resnet18Onnx(), { x: ['uint8', [1, 1, 28, 28]] });
      if (absent !== undefined) return { absent };
      return rates(macs, await inTurns([(await ours()).time, run]), `onnxruntime ${version} u8 x s8`);
    },
  },
  {
    name: 'ResNet-18 (T10), native linear',
    bar: '>= 0.5',
    async measure() {
      const { absent, time } = nativeLinear(...linear);
      if (absent !== undefined) return { absent };
      const [mine, theirs] = await inTurns([(await ours()).time, time]);
      return {
        value: macs / mine / 1e6,
        unit: 'GMAC/s',
        peer: `the micro-kernel on ${linear.join('x')}, native`,
        peerValue: linearMacs / theirs / 1e6,
      };
    },
  },
  {
    name: 'ResNet-18 (T10), two workers',
    bar: '>= 1.8',
    async measure() {
      const program = resnet18();
      const samples = Array.from({ length: 128 }, (_, index) => drawInputs(program, index));
      const batches = await Promise.all([2, 1].map((workers) => openBatch(program, workers)));
      const times = await inTurns(
        batches.map((batch) => async () => {
          const start = performance.now();
          await batch.run(samples);
          return performance.now() - start;
        }),
        20,
      );
      await Promise.all(batches.map((batch) => batch.close()));
      const [two, one] = times.map((time) => (1000 * samples.length) / time);
      return { value: two, unit: 'images/s', peer: 'one worker', peerValue: one };
    },
  },
];
