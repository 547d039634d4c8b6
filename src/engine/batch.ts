import { type Keep, prepareFast } from './fast.ts';
import { packSamples, type Sample, unpackSamples } from './samples.ts';
import { type Chunk, inputLayout, resultLayout, type WorkerSetup } from './worker.ts';

/** A thread that runs chunks in the order in which they are posted. */
export interface Thread {
  post(chunk: Chunk): void;
  listen(result: (chunk: Chunk) => void, error: (error: unknown) => void): void;
  stop(): Promise<void>;
}

export interface BatchOptions {
  readonly keep?: Keep;
  /** Called now and then with the number of samples that are done. */
  readonly progress?: (done: number, total: number) => void;
}

/** A Program made ready on several threads. Results are the same whatever their number, and in the order of the samples. */
export interface Batch {
  run(samples: readonly Sample[], options?: BatchOptions): Promise<Sample[]>;
  close(): Promise<void>;
}

/** Chunks are small enough that all threads end together, and large enough that handing them over costs nothing. */
const chunksPerThread = 16;
const largestChunk = 64;

/** Each thread has two chunks, so that it finds the next one when it is done with the first. */
const ahead = 2;

/** Runs on the threads that `start` gives. */
export function prepareBatch(setup: WorkerSetup, workers: number, start: (setup: WorkerSetup) => Thread): Batch {
  const { program } = setup;
  const inputs = inputLayout(program);
  const threads = Array.from({ length: workers }, () => start(setup));
  let failure: { readonly error: unknown } | undefined;
  let fail: (error: unknown) => void = () => {};
  let receive: (thread: Thread, chunk: Chunk) => void = () => {};
  for (const thread of threads) {
    thread.listen(
      (chunk) => receive(thread, chunk),
      (error) => {
        failure = { error };
        fail(error);
      },
    );
  }
  return {
    run(samples, { keep = 'outputs', progress } = {}) {
      const results: Sample[][] = [];
      const layout = resultLayout(program, keep);
      const size = Math.min(Math.max(Math.ceil(samples.length / (workers * chunksPerThread)), 1), largestChunk);
      const chunks = Math.ceil(samples.length / size);
      let posted = 0;
      let done = 0;
      const post = (thread: Thread): void => {
        if (posted === chunks) return;
        const index = posted++;
        thread.post({ index, keep, buffer: packSamples(inputs, samples.slice(index * size, (index + 1) * size)) });
      };
      return new Promise((resolve, reject) => {
        fail = reject;
        if (failure) reject(failure.error);
        receive = (thread, { index, buffer }) => {
          try {
            post(thread);
            results[index] = unpackSamples(layout, buffer);
            done += results[index].length;
            progress?.(done, samples.length);
            if (done === samples.length) resolve(results.flat());
          } catch (error) {
            reject(error);
          }
        };
        for (let round = 0; round < ahead; round++) threads.forEach(post);
        if (samples.length === 0) resolve([]);
      });
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}

/** How long this thread computes before it lets others have a turn, in milliseconds. */
const turn = 50;

/** The same on this thread alone. */
export function prepareAlone({ program, kernels }: WorkerSetup): Batch {
  const engine = prepareFast(program, kernels);
  return {
    async run(samples, { keep = 'outputs', progress } = {}) {
      const results: Sample[] = [];
      let since = performance.now();
      for (const sample of samples) {
        results.push(engine.run(sample, keep));
        if (performance.now() - since < turn) continue;
        progress?.(results.length, samples.length);
        await new Promise((resolve) => setTimeout(resolve));
        since = performance.now();
      }
      progress?.(samples.length, samples.length);
      return results;
    },
    close: async () => {},
  };
}
