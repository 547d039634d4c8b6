import { parentPort, workerData } from 'node:worker_threads';
import { type Chunk, chunkRunner, type WorkerSetup } from './worker.ts';

/** The entry point of one thread under Node. */
const run = chunkRunner(workerData as WorkerSetup);
parentPort!.on('message', (chunk: Chunk) => {
  const result = run(chunk);
  parentPort!.postMessage(result, [result.buffer]);
});
