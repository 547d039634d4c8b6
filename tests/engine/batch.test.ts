import { expect, test } from 'vitest';
import type { Batch, Thread } from '../../src/engine/batch.ts';
import { prepareBatch } from '../../src/engine/batch.ts';
import { loadKernels } from '../../src/engine/load-kernels.ts';
import { runReference } from '../../src/engine/reference.ts';
import { openBatch, runBatch } from '../../src/engine/run-batch.ts';
import type { Sample } from '../../src/engine/samples.ts';
import { chunkRunner, type WorkerSetup } from '../../src/engine/worker.ts';
import type { Program } from '../../src/program/program.ts';
import { random } from '../networks.ts';
import { Draw, Sketch } from './programs.ts';

const draw = new Draw(random(1));

function small(): Program {
  const sketch = new Sketch();
  const x = sketch.input('x', { dtype: 'i8', shape: [1, 3, 5, 7] });
  const skip = sketch.input('skip', { dtype: 'i16', shape: [1, 4, 5, 7] });
  const w = sketch.constant('w', draw.tensor('i8', [4, 3, 3, 3]));
  const acc = sketch.step('acc', ['convolution', [x, w], { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 }]);
  sketch.step('y', ['sum', [acc, skip], { dtype: 'i32' }]);
  return sketch.program('y', 'x');
}

const program = small();
const samples: Sample[] = Array.from(
  { length: 37 },
  () =>
    new Map([
      ['x', draw.tensor('i8', [1, 3, 5, 7])],
      ['skip', draw.tensor('i16', [1, 4, 5, 7])],
    ]),
);

const expected = samples.map((sample) => runReference(program, sample));
const pick = (all: Sample, names: readonly string[]): Sample => new Map([...all].filter(([name]) => names.includes(name)));

test.each([1, 2, 3])('%i threads give the same results in the order of the samples', async (workers) => {
  const done: number[] = [];
  const results = await runBatch(program, samples, { workers, progress: (count) => done.push(count) });
  expect(results).toEqual(expected.map((all) => pick(all, ['x', 'y'])));
  expect(done.at(-1)).toBe(37);
});

test('a batch runs again, keeps every step where asked, and takes no samples at all', async () => {
  const batch = await openBatch(program, 2);
  expect(await batch.run(samples.slice(0, 5), { keep: 'steps' })).toEqual(expected.slice(0, 5));
  expect(await batch.run([])).toEqual([]);
  expect(await batch.run(samples.slice(30))).toHaveLength(7);
  await batch.close();
});

test('a sample that does not fit is refused before it is sent', async () => {
  await expect(runBatch(program, [new Map()], { workers: 2 })).rejects.toThrow('x has 0 elements, not 105');
  await expect(runBatch(program, [new Map()])).rejects.toThrow('the input x has 0 elements, not 105');
});

test('threads that are not of Node serve as well, and a thread that fails ends the batch', async () => {
  const start = (setup: WorkerSetup): Thread => {
    const run = chunkRunner(setup);
    let result: Parameters<Thread['listen']>[0] = () => {};
    let fail: Parameters<Thread['listen']>[1] = () => {};
    return {
      post: (chunk) => void setTimeout(() => (chunk.index < 3 ? result(run(chunk)) : fail(new Error('out of order')))),
      listen: (...listeners) => {
        [result, fail] = listeners;
      },
      stop: async () => {},
    };
  };
  const batch: Batch = prepareBatch({ program, kernels: await loadKernels() }, 2, start);
  expect(await batch.run(samples.slice(0, 3))).toHaveLength(3);
  await expect(batch.run(samples)).rejects.toThrow('out of order');
  await expect(batch.run(samples)).rejects.toThrow('out of order');
});
