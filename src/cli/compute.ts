import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runBatch } from '../engine/run-batch.ts';
import { openScratchDirectory, withFileErrors } from '../formats/files.ts';
import type { Program } from '../program/program.ts';
import { executableName } from '../targets/host/toolchain.ts';
import type { TargetName } from '../targets/index.ts';
import type { Values } from '../verify/deployment.ts';
import { withRestored } from '../verify/restored.ts';
import { runnable } from '../verify/simulated.ts';
import type { Simulation } from '../verify/simulation.ts';
import { buildCached } from './firmware-cache.ts';

export interface TargetOptions {
  /** C compiler of the target. */
  readonly cc?: string | undefined;
  /** What runs the firmware of a simulated machine. */
  readonly simulation?: Simulation | undefined;
}

export interface ComputeOptions extends TargetOptions {
  /** Threads of the engine. */
  readonly workers: number;
}

type Compute = (program: Program, inputs: readonly Values[], options: ComputeOptions) => Promise<readonly Values[]>;

/** A Program on a target, its firmware built once: gives every step of each sample. The executable lies in a folder of its own until `close`. */
export async function openTarget(name: TargetName, program: Program, { cc, simulation }: TargetOptions) {
  const target = await runnable[name](simulation);
  const plan = target.plan(program);
  const built = await buildCached(name, target, plan, { cc });
  const scratch = await openScratchDirectory();
  const executable = join(scratch.path, executableName);
  await withFileErrors(executable, () => writeFile(executable, built, { mode: 0o755 }));
  return {
    run: async (inputs: readonly Values[]): Promise<readonly Values[]> => {
      const { cases } = await target.run(executable, plan, inputs);
      return cases.map((values) => withRestored(plan, values));
    },
    close: scratch.remove,
  };
}

const onTarget =
  (name: TargetName): Compute =>
  async (program, inputs, options) => {
    const { run, close } = await openTarget(name, program, options);
    return run(inputs).finally(close);
  };

/** What computes a Program's outputs: the engine in this process, or the firmware of a target, which is built once. */
export const machines: Readonly<Record<TargetName | 'engine', Compute>> = {
  engine: (program, inputs, { workers }) => runBatch(program, inputs, { workers }),
  ...(Object.fromEntries((Object.keys(runnable) as TargetName[]).map((name) => [name, onTarget(name)])) as Record<TargetName, Compute>),
};
