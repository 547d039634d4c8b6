import { Worker } from 'node:worker_threads';
import type { Thread } from './batch.ts';
import type { Chunk, WorkerSetup } from './worker.ts';

/** A thread of Node. In a browser a Worker that calls chunkRunner takes its place. */
export function startThread(setup: WorkerSetup): Thread {
  const worker = new Worker(new URL('../../dist/engine/node-worker.js', import.meta.url), { workerData: setup }); // from src/ and from dist/ alike
  return {
    post: (chunk: Chunk) => worker.postMessage(chunk, [chunk.buffer]),
    listen(result, error) {
      worker.on('message', result);
      worker.on('error', error);
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}
