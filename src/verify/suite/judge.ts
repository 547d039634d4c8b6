import { join } from 'node:path';
import { BadInput, OutOfMemory } from '../../errors.ts';
import { withScratchDirectory } from '../../formats/files.ts';
import { importBundle } from '../../importers/bundle/import.ts';
import { lower } from '../../lowering/lower.ts';
import { styles } from '../../lowering/styles/index.ts';
import { type Network, scalesRole } from '../../network/network.ts';
import { operators } from '../../operators/index.ts';
import type { Program } from '../../program/program.ts';
import { writeFirmware } from '../../targets/firmware.ts';
import type { Target } from '../../targets/target.ts';
import { agree } from '../agree/agree.ts';
import { judgeRun, type ReplayVerdict } from '../deployment.ts';
import { engines } from '../engines.ts';
import { computeGolden } from '../golden.ts';
import { replay } from '../replay.ts';
import { type Sample, splitSamples } from '../samples.ts';
import { runnable, simulated } from '../simulated.ts';
import { stepFacts } from '../steps.ts';
import { classFigures } from './classes.ts';
import { suiteSamples } from './inputs.ts';
import type { SuiteFigures, SuiteOutcome } from './outcome.ts';

/** The machines of the suite by name: none, where one engine is compared with the other, or one that compiles and runs firmware. */
export const suiteMachines = { engine: undefined, ...runnable, ...simulated } as const satisfies {
  readonly [name: string]: undefined | (() => Promise<Target>);
};
export type SuiteTarget = keyof typeof suiteMachines;

/** What a worker is asked. */
export interface SuiteJob {
  readonly id: string;
  readonly name: string;
  /** The bundle's directory. */
  readonly bundle: string;
  readonly target: SuiteTarget;
  readonly cc?: string | undefined;
  /** Compare what flows inside the steps too. */
  readonly replay?: boolean | undefined;
}

type Judged = Pick<SuiteFigures, 'elements' | 'mismatches' | 'memory' | 'cycles' | 'replay'>;

/** One network of the suite: every integer of every step on each of its samples. */
export async function judgeNetwork(job: SuiteJob): Promise<SuiteOutcome> {
  const { id, name } = job;
  const started = performance.now();
  const outcome = (rest: Pick<SuiteOutcome, 'status' | 'reason' | 'figures'>): SuiteOutcome => ({
    id,
    name,
    ...rest,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    const figures = await figuresOf(job);
    const reason = differenceIn(figures);
    return outcome(reason === undefined ? { status: 'equal', figures } : { status: 'different', reason, figures });
  } catch (error) {
    if (error instanceof OutOfMemory) return outcome({ status: 'refused', reason: error.message });
    return outcome({
      status: 'failed',
      reason: error instanceof BadInput ? error.message : String(error instanceof Error ? error.stack : error),
    });
  }
}

/** The first thing that is not as it should be; undefined where every integer is equal. */
function differenceIn({ mismatches, replay, framework }: SuiteFigures): string | undefined {
  const { mismatches: inside = 0, differing = 0 } = replay ?? {};
  if (mismatches > 0) return `${mismatches} integers differ`;
  if (inside > 0) return `${inside} integers inside the steps differ`;
  if (differing > 0) return `${differing} integers are others in the build that keeps what flows inside`;
  return framework?.agrees === false ? 'the integers are not those of the source framework' : undefined;
}

async function figuresOf(job: SuiteJob): Promise<SuiteFigures> {
  const { bundle, target } = job;
  const { network, style, samples: framework } = await importBundle(bundle);
  const program = lower(network, { style: styles.get(style)! });
  const given =
    framework.count === 0 ? [] : [...network.inputs.keys()].map((input) => ({ where: bundle, array: framework.inputs.get(input)! }));
  const samples = suiteSamples(network, given.length === 0 ? undefined : splitSamples(network.inputs, given)[0]);
  const open = suiteMachines[target];
  const judged = open ? await onMachine(await open(), program, samples, job) : await onEngine(program, samples);
  const facts = stepFacts(program, operators);
  const classes = await classFigures(network, program, bundle);
  return {
    operators: program.steps.reduce((sum, { stages }) => sum + stages.length, 0),
    macs: facts.reduce((sum, { macs }) => sum + macs, 0),
    parameters: parametersOf(network),
    ...judged,
    ...(classes && { classes }),
    ...(framework.count > 0 && { framework: await withFramework(network, style, framework) }),
  };
}

/** The fast engine against the plain loops of the operators' definitions. */
async function onEngine(program: Program, samples: readonly Sample[]): Promise<Judged> {
  const golden = await computeGolden(program, samples, { engine: 'reference' });
  const found = await computeGolden(program, samples, { engine: 'fast' });
  const { elements, mismatches } = judgeRun(program, golden, { cases: found, times: [] });
  return { elements, mismatches };
}

/** Firmware, in a folder that goes away, against the fast engine. */
const onMachine = (target: Target, program: Program, samples: readonly Sample[], { cc, replay: inside }: SuiteJob): Promise<Judged> =>
  withScratchDirectory(async (scratch) => {
    const folder = join(scratch, 'firmware');
    const plan = target.plan(program);
    await writeFirmware(await target.emit(plan), folder);
    const { executable } = await target.build(folder, cc);
    const golden = await computeGolden(plan.program, samples, { engine: 'fast' });
    const cases = golden.map((values) => new Map([...program.inputs.keys()].map((name) => [name, values.get(name)!])));
    const run = await target.run(executable, plan, cases);
    const { elements, mismatches } = judgeRun(plan.program, golden, run);
    const { peak, lowerBound } = plan.memory;
    const replayed = inside && countsOf(await replay(target, plan, samples, run, { cc }));
    const cycles = run.cycles?.reduce((sum, step) => sum + step.cycles, 0);
    return {
      elements,
      mismatches,
      memory: { peak, lowerBound },
      ...(cycles !== undefined && { cycles }),
      ...(replayed && { replay: replayed }),
    };
  });

function countsOf({ insides, lost, elements, mismatches, differing }: ReplayVerdict): NonNullable<SuiteFigures['replay']> {
  const apart = lost.filter((inside) => inside.apart).length;
  return { insides: insides.length, apart, lost: lost.length - apart, elements, mismatches, differing };
}

/** Numbers that training found: everything but the scales, which say what they mean. */
const parametersOf = ({ layers }: Network): number =>
  layers
    .flatMap(({ tensors }) => Object.entries(tensors))
    .reduce((sum, [role, { data }]) => sum + (role === scalesRole ? 0 : data.length), 0);

async function withFramework(
  network: Network,
  style: string,
  framework: Parameters<typeof agree>[2],
): Promise<NonNullable<SuiteFigures['framework']>> {
  const unjoined = lower(network, { style: styles.get(style)!, fuse: false });
  const { agrees, exceptions, quantisers } = await agree(network, unjoined, framework, await engines.fast());
  return {
    agrees,
    exceptions,
    values: quantisers.reduce((sum, { values }) => sum + values, 0),
    differ: quantisers.reduce((sum, { endToEnd }) => sum + endToEnd.differ, 0),
  };
}
