import { join } from 'node:path';
import { withScratchDirectory } from '../formats/files.ts';
import { operators } from '../operators/index.ts';
import { unjoined } from '../program/insides.ts';
import { writeFirmware } from '../targets/firmware.ts';
import type { Plan, ReplayedInside } from '../targets/plan.ts';
import type { Run } from '../targets/run.ts';
import type { Target } from '../targets/target.ts';
import { compareTensors } from './compare.ts';
import { type InsideFacts, type Judged, judgePairs, type ReplayVerdict, type Values } from './deployment.ts';
import type { EngineName } from './engines.ts';
import { computeGolden } from './golden.ts';
import type { Sample } from './samples.ts';

export interface ReplayOptions {
  readonly engine?: EngineName | undefined;
  /** C compiler of the target. */
  readonly cc?: string | undefined;
}

/**
 * Builds the firmware of a plan once more so that it keeps the results of all calls, runs it on the same samples, and compares each with
 * that of an engine for which every call is a step. `shipped` is what the firmware itself computed.
 */
export const replay = (
  target: Target,
  plan: Plan,
  samples: readonly Sample[],
  shipped: Run,
  { engine = 'fast', cc }: ReplayOptions = {},
): Promise<ReplayVerdict> =>
  withScratchDirectory(async (scratch) => {
    const folder = join(scratch, 'replay');
    const keeping = target.replay(plan);
    await writeFirmware(await target.emit(keeping), folder);
    const { executable } = await target.build(folder, cc);
    const golden = await computeGolden(unjoined(plan.program, operators), samples, { engine });
    const cases = golden.map((values) => new Map(plan.inputs.map(({ name }) => [name, values.get(name)!])));
    return judgeReplay(keeping, golden, await target.run(executable, keeping, cases), shipped);
  });

/** Every element within the steps against the golden ones, and every step against what the firmware itself computed. `plan` is that of the replay build. */
export function judgeReplay({ replay: told, steps }: Plan, golden: readonly Values[], run: Run, shipped: Run): ReplayVerdict {
  const insides = told!.insides.flatMap((inside) =>
    'tensor' in inside ? [{ ...factsOf(inside), ...judgeInside(inside, golden, run) }] : [],
  );
  const lost = told!.insides.flatMap((inside) => ('within' in inside ? [{ ...factsOf(inside), within: inside.within }] : []));
  const different = run.cases.map((values, sample) =>
    steps.reduce((sum, { result: { name } }) => {
      const { mismatches } = compareTensors(values.get(name)!, shipped.cases[sample]!.get(name)!);
      return sum + mismatches;
    }, 0),
  );
  const sum = (of: (inside: Judged) => number): number => insides.reduce((total, inside) => total + of(inside), 0);
  return {
    insides,
    lost,
    elements: sum(({ elements }) => elements),
    mismatches: sum(({ mismatches }) => mismatches),
    differing: different.reduce((total, count) => total + count, 0),
  };
}

const factsOf = ({ name, step, stage, operator, type }: ReplayedInside): InsideFacts => ({ name, step, stage, operator, type });

/** What holds an inside may have another shape: the elements are the same ones in the same order. */
const judgeInside = ({ name, type, tensor }: ReplayedInside & { readonly tensor: string }, golden: readonly Values[], run: Run): Judged =>
  judgePairs(
    golden.map((expected, sample) => ({
      sample,
      expected: expected.get(name)!,
      found: { type, data: run.cases[sample]!.get(tensor)!.data },
    })),
  );

/** Whether all is as it should be. */
export const isEqual = ({ mismatches, differing }: ReplayVerdict): boolean => mismatches === 0 && differing === 0;
