import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { kindOf, withScratchDirectory } from '../formats/files.ts';
import type { ImportedModel } from '../importers/formats.ts';
import { type Firmware, writeFirmware } from '../targets/firmware.ts';
import type { TargetName } from '../targets/index.ts';
import type { Plan } from '../targets/plan.ts';
import type { Run } from '../targets/run.ts';
import type { Built, Target } from '../targets/target.ts';
import type { Deployment } from '../verify/deployment.ts';
import { judgeRun } from '../verify/deployment.ts';
import type { EngineName } from '../verify/engines.ts';
import { computeGolden } from '../verify/golden.ts';
import { replay } from '../verify/replay.ts';
import { runnable, type SimulatedName, simulated } from '../verify/simulated.ts';
import type { Simulation } from '../verify/simulation.ts';
import { constantBytes } from '../verify/steps.ts';
import { bytes, memoryPlan, plural, thousands } from '../verify/units.ts';
import { buildInPassing } from './build.ts';
import type { Io } from './command.ts';
import { loweredUntil } from './debug-options.ts';
import { type StyleName, samplesFor } from './road.ts';
import { type Stage, stages } from './stages.ts';

export interface RoadOptions {
  readonly target: TargetName;
  /** A simulated machine, in place of the target's own. */
  readonly runOn?: SimulatedName | undefined;
  /** What runs the firmware of a simulated machine. */
  readonly simulation?: Simulation | undefined;
  /** The model's own, where absent. */
  readonly style?: StyleName | undefined;
  readonly engine: EngineName;
  /** The step in which the network ends; its own outputs, where absent. */
  readonly stopAfter?: string | undefined;
  readonly input: readonly string[];
  readonly divide: number;
  readonly cc?: string | undefined;
  /** Where the firmware stays; a directory of its own that goes away, where absent. */
  readonly out?: string | undefined;
  readonly force?: boolean | undefined;
  /** A folder that was compiled before: nothing is emitted. */
  readonly firmware?: string | undefined;
  /** Compare what flows inside the steps too. */
  readonly replay?: boolean | undefined;
}

/** The whole road: import, lower, golden tensors, compile, build, run, verify. */
export async function travel(load: () => Promise<ImportedModel>, options: RoadOptions, io: Io): Promise<Deployment> {
  const stage = stages(io);
  const model = await stage('import', load, ({ network }) => `${network.name}: ${plural(network.layers.length, 'layer')}`);
  const { style = model.style } = options;
  const samples = await samplesFor(model, options);
  const program = await stage(
    'lower',
    () => loweredUntil(model.network, style, options.stopAfter),
    (made) => `${plural(made.steps.length, 'step')}, ${style}, ${bytes(constantBytes(made))} of constants`,
  );
  const target = await (options.runOn === undefined
    ? runnable[options.target](options.simulation)
    : simulated[options.runOn](options.simulation));
  const plan = await stage(
    'plan',
    async () => target.plan(program),
    ({ memory }) => memoryPlan(memory),
  );
  const golden = await stage(
    'golden',
    ({ update }) => computeGolden(plan.program, samples, { engine: options.engine, progress: (done) => update(done) }),
    (values) => `every step of ${plural(values.length, 'sample')} on the ${options.engine} engine`,
    samples.length,
  );
  const { built, run } = await inFirmware(target, plan, options, stage, async (folder) => {
    const built = await stage(
      'build',
      () => build(target, folder, options),
      ({ compiler }) => `with ${compiler}`,
    );
    const cases = golden.map((values) => new Map([...program.inputs.keys()].map((name) => [name, values.get(name)!])));
    const run = await stage('run', () => target.run(built.executable, plan, cases), timeOf);
    return { built, run };
  });
  const verdict = await stage(
    'verify',
    async () => judgeRun(plan.program, golden, run),
    ({ elements, mismatches }) => `${thousands(elements)} elements, ${thousands(mismatches)} mismatches`,
  );
  const replayed =
    options.replay &&
    (await stage(
      'replay',
      () => replay(target, plan, samples, run, options),
      ({ insides, elements, mismatches }) =>
        `${plural(insides.length, 'call')} inside the steps, ${thousands(elements)} elements, ${thousands(mismatches)} mismatches`,
    ));
  return {
    ...{ program: plan.program, plan, golden, run, verdict, target: options.runOn ?? options.target, style, compiler: built.compiler },
    ...(replayed && { replay: replayed }),
    ...(target.macsPerCycle !== undefined && { macsPerCycle: target.macsPerCycle }),
  };
}

const timeOf = ({ times, cycles, instructions }: Run): string => {
  if (cycles) return `${thousands(cycles.reduce((sum, step) => sum + step.cycles, 0))} cycles a sample`;
  if (instructions) return `${thousands(instructions.reduce((sum, step) => sum + step.instructions, 0))} instructions a sample`;
  return `${(times.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) / 1000).toFixed(1)} us a sample`;
};

/** Runs `action` with a folder of firmware: the given one, a new one that stays, or a new one that goes away. */
async function inFirmware<T>(
  target: Target,
  plan: Plan,
  { firmware, out, force = false }: RoadOptions,
  stage: Stage,
  action: (folder: string) => Promise<T>,
): Promise<T> {
  if (firmware !== undefined) {
    await refuseMissing(firmware);
    return action(firmware);
  }
  const emit = (folder: string): Promise<Firmware> =>
    stage(
      'compile',
      async () => {
        const files = await target.emit(plan);
        await writeFirmware(files, folder, { force });
        return files;
      },
      (files) => `${plural(files.size, 'file')}${out === undefined ? '' : ` in ${out}`}`,
    );
  if (out !== undefined) {
    await emit(out);
    return action(out);
  }
  return withScratchDirectory(async (scratch) => {
    const folder = join(scratch, 'firmware');
    await emit(folder);
    return action(folder);
  });
}

async function refuseMissing(firmware: string): Promise<void> {
  if ((await kindOf(firmware)) === 'directory') return;
  throw new BadInput({
    where: `--firmware ${firmware}`,
    found: 'no such directory',
    expected: 'a folder that bitwright compile wrote',
    remedy: 'compile one with bitwright compile --out',
  });
}

const build = (target: Target, folder: string, { cc, out, firmware }: RoadOptions): Promise<Built> =>
  out !== undefined || firmware !== undefined
    ? target.build(folder, cc)
    : buildInPassing(target, folder, cc, 'pass --out to keep the firmware, and read the build.log in it');
