import type { Program } from '../program/program.ts';
import type { Values } from './deployment.ts';
import type { EngineName } from './engines.ts';
import { quantiseSample, type Sample } from './samples.ts';

export interface GoldenOptions {
  readonly engine?: EngineName;
  /** Threads of the fast engine. */
  readonly workers?: number;
  /** What is kept of each sample; `steps` includes the inputs. */
  readonly keep?: 'outputs' | 'steps';
  readonly progress?: (done: number, total: number) => void;
}

type Run = (program: Program, inputs: readonly Values[], options: GoldenOptions) => Promise<readonly Values[]>;

/** What computes a batch: the fast engine on threads, or the reference, sample after sample. Both give the same bits. */
const runs: Readonly<Record<EngineName, Run>> = {
  async fast(program, inputs, { workers = 1, keep = 'steps', progress }) {
    const { runBatch } = await import('../engine/run-batch.ts');
    return runBatch(program, inputs, { workers, keep, ...(progress && { progress }) });
  },
  async reference(program, inputs, { progress }) {
    const { runReference } = await import('../engine/reference.ts');
    const results: Values[] = [];
    for (const sample of inputs) {
      results.push(runReference(program, sample));
      progress?.(results.length, inputs.length);
      await new Promise((resolve) => setTimeout(resolve));
    }
    return results;
  },
};

/** The golden tensors of samples: what the engine computes from the Program. */
export const computeGolden = (program: Program, samples: readonly Sample[], options: GoldenOptions = {}): Promise<readonly Values[]> =>
  runs[options.engine ?? 'fast'](
    program,
    samples.map((sample) => quantiseSample(program, sample)),
    options,
  );
