import type { Program } from '../program/program.ts';
import { type Batch, type BatchOptions, prepareAlone, prepareBatch } from './batch.ts';
import { loadKernels } from './load-kernels.ts';
import type { Sample } from './samples.ts';
import { startThread } from './threads.ts';

/** A Program made ready on `workers` threads of Node; one means this thread. */
export async function openBatch(program: Program, workers = 1): Promise<Batch> {
  const setup = { program, kernels: await loadKernels() };
  return workers > 1 ? prepareBatch(setup, workers, startThread) : prepareAlone(setup);
}

/** Runs quantised samples on `workers` threads; see prepareBatch. */
export async function runBatch(
  program: Program,
  samples: readonly Sample[],
  { workers = 1, ...options }: BatchOptions & { readonly workers?: number } = {},
): Promise<Sample[]> {
  const batch = await openBatch(program, workers);
  try {
    return await batch.run(samples, options);
  } finally {
    await batch.close();
  }
}
