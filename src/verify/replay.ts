import { join } from 'node:path';
import { withScratchDirectory } from '../formats/files.ts';
import { operators } from '../operators/index.ts';
import { unjoined } from '../program/insides.ts';
import { writeFirmware } from '../targets/firmware.ts';
import type { Plan, ReplayedInside } from '../targets/plan.ts';
import type { Run } from '../targets/run.ts';
import type { Target } from '../targets/target.ts';
import { compareTensors } from './compare.ts';
import { type InsideFacts, type Judged, judgePairs, type LostInside, type ReplayVerdict, type Values } from './deployment.ts';
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
 * that of an engine for which every call is a step. What the firmware never lays in memory is compared in other firmware, where the target has
 * kernels that do. `shipped` is what the firmware itself computed.
 */
export async function replay(
  target: Target,
  plan: Plan,
  samples: readonly Sample[],
  shipped: Run,
  { engine = 'fast', cc }: ReplayOptions = {},
): Promise<ReplayVerdict> {
  const golden = await computeGolden(unjoined(plan.program, operators), samples, { engine });
  const judged = (placed: Plan): Promise<ReplayVerdict> =>
    withScratchDirectory(async (scratch) => {
      const folder = join(scratch, 'replay');
      const keeping = target.replay(placed);
      await writeFirmware(await target.emit(keeping), folder);
      const { executable } = await target.build(folder, cc);
      const cases = golden.map((values) => new Map(plan.inputs.map(({ name }) => [name, values.get(name)!])));
      return judgeReplay(keeping, golden, await target.run(executable, keeping, cases), shipped);
    });
  const verdict = await judged(plan);
  const apart = verdict.lost.length > 0 ? target.planApart?.(plan.program) : undefined;
  return apart ? together(verdict, await judged(apart)) : verdict;
}

/** Every element within the steps against the golden ones, and every step against what the firmware itself computed. `plan` is that of the replay build. */
export function judgeReplay({ replay: told, steps }: Plan, golden: readonly Values[], run: Run, shipped: Run): ReplayVerdict {
  const insides = told!.insides.flatMap((inside) =>
    'tensor' in inside ? [{ ...factsOf(inside), ...judgeInside(inside, golden, run) }] : [],
  );
  const lost = told!.insides.flatMap((inside) => ('within' in inside ? [{ ...factsOf(inside), within: inside.within }] : []));
  const different = run.cases.map((values, sample) =>
    sumOf(steps, ({ result: { name } }) => compareTensors(values.get(name)!, shipped.cases[sample]!.get(name)!).mismatches),
  );
  return { insides, lost, ...countsOf(insides), differing: sumOf(different, (count) => count) };
}

/** With what other firmware shows of the insides that this one loses. */
export function together(verdict: ReplayVerdict, apart: ReplayVerdict): ReplayVerdict {
  const shown = new Map(apart.insides.map((inside) => [inside.name, inside]));
  const lost = verdict.lost.map((inside): LostInside => {
    const found = shown.get(inside.name);
    if (!found) return inside;
    const { elements, mismatches, maxDifference, first } = found;
    return { ...inside, apart: { elements, mismatches, maxDifference, ...(first && { first }) } };
  });
  const all = [...verdict.insides, ...lost.flatMap((inside) => inside.apart ?? [])];
  return { insides: verdict.insides, lost, ...countsOf(all), differing: verdict.differing + apart.differing };
}

const sumOf = <T>(values: readonly T[], of: (value: T) => number): number => values.reduce((sum, value) => sum + of(value), 0);

const countsOf = (all: readonly Judged[]): Pick<ReplayVerdict, 'elements' | 'mismatches'> => ({
  elements: sumOf(all, ({ elements }) => elements),
  mismatches: sumOf(all, ({ mismatches }) => mismatches),
});

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
