import { Option } from '@commander-js/extra-typings';
import type { Network } from '../../network/network.ts';
import type { DumpAgreement, DumpedPicture, Ours } from '../../verify/dumps.ts';
import type { Sample } from '../../verify/samples.ts';
import type { Simulation } from '../../verify/simulation.ts';
import { plural, thousands } from '../../verify/units.ts';
import { type Define, UsageError } from '../command.ts';
import { fileSource, withCheckpointOptions } from '../model-options.ts';
import { pillowVersion, withPictureOptions } from '../picture-options.ts';
import type { Pytorch } from '../pytorch.ts';
import { withPytorchOptions } from '../pytorch-options.ts';
import { computerNames, count, engineOption, jsonOption, loweredScaled, printJson, readArrays } from '../road.ts';
import { simulationOf, withSimulatorOptions } from '../simulator-options.ts';
import { printTable, styled } from '../table.ts';

/** bitwright compare: the integers of every module against those that its framework computed. Exit 0 only when all are equal. */
export const compare: Define = (command, io) =>
  withSimulatorOptions(
    withPictureOptions(
      withPytorchOptions(
        withCheckpointOptions(
          command
            .requiredOption('--checkpoint <file>', 'an I-ViT checkpoint; with --dumps also the bundle that was made of it')
            .option('--dumps <directory>', 'folder with dump.safetensors or dump.safetensors.gz, which has <module>.int for each module')
            .option('--images <path>', 'a folder of pictures, or a .npy file of normalised ones: PyTorch computes them now')
            .option('--num-samples <number>', 'compare so many pictures only', count)
            .addOption(new Option('--target <target>', 'compare what a target computes').choices(computerNames).default('engine' as const))
            .option('--no-fuse', 'with --target: keep every module a step of its own, so that all are compared'),
        ),
      ),
    ),
  )
    .addOption(engineOption())
    .option('--cc <compiler>', 'C compiler of the target, as deploy takes it')
    .option('--output <file>', 'write the report as JSON')
    .addOption(jsonOption())
    .action(async ({ checkpoint, dumps: folder, images, numSamples, target, engine, fuse, cc, output, json, ...options }) => {
      if ((folder === undefined) === (images === undefined)) throw new UsageError('give --dumps or --images, one of them');
      const simulation = simulationOf(options, target);
      const [{ loadModel }, { compareDumps, picturesOf }, { splitSamples }, { writeWhole }] = await Promise.all([
        import('../load.ts'),
        import('../../verify/dumps.ts'),
        import('../../verify/samples.ts'),
        import('../../formats/files.ts'),
      ]);
      const { modelName, heads, preprocess, pillow, python, ivitRepo } = options;
      const source = await fileSource(checkpoint, { modelName, heads });
      if (images !== undefined && source.kind !== 'checkpoint') {
        throw new UsageError(`PyTorch reads checkpoints, and ${checkpoint} is none: compare it with --dumps`);
      }
      const { network, style } = await loadModel(source, io);

      let pytorch: Pytorch | undefined;
      let where: string;
      let [samples, pictures]: [number, Iterable<DumpedPicture> | AsyncIterable<DumpedPicture>] = [0, []];
      if (images === undefined) {
        const { readDumps } = await import('../../formats/dumps.ts');
        const dumps = await readDumps(folder!);
        const all = splitSamples(network.inputs, [{ where: dumps.where, array: dumps.input }]).slice(0, numSamples);
        [where, samples, pictures] = [dumps.where, all.length, picturesOf(dumps, all)];
      } else {
        const { openPytorch } = await import('../pytorch.ts');
        const given = await picturesIn(network, images, { preprocess, pillow: pillowVersion(pillow) });
        const progress = io.progress('Starting PyTorch');
        pytorch = await openPytorch({ checkpoint, heads, ivitRepo, python }).finally(() => progress.end());
        [where, samples, pictures] = [
          pytorch.what,
          Math.min(given.length, numSamples ?? Infinity),
          asked(pytorch, given.slice(0, numSamples)),
        ];
      }
      try {
        const ours = await oursOn(target, network, style, { engine, fuse, cc, simulation });
        const progress = io.progress(`Comparing ${plural(samples, 'picture')}`, samples);
        const onPicture = (done: number): Promise<void> => {
          progress.update(done);
          return new Promise((resolve) => setTimeout(resolve)); // the bar is drawn by a timer
        };
        const found = await compareDumps(network, ours, pictures, onPicture).finally(() => {
          progress.end();
          return ours.close();
        });
        const report = { network: network.name, checkpoint, with: where, target, engine, ...found };
        if (output !== undefined) await writeWhole(output, printJson(report));
        io.out(json ? printJson(report) : describe(network.name, found, where, io.colour));
        io.setExitCode(found.equal ? 0 : 1);
      } finally {
        pytorch?.close();
      }
    });

type Given = () => Promise<Sample>;

/** Pictures of a folder as the network takes them, each read when it is its turn; or those of an array. */
async function picturesIn(
  network: Network,
  path: string,
  options: Omit<import('../pictures.ts').PictureOptions, 'side'>,
): Promise<readonly Given[]> {
  if (path.endsWith('.npy')) {
    const { splitSamples } = await import('../../verify/samples.ts');
    return splitSamples(network.inputs, await readArrays([path])).map((sample) => async () => sample);
  }
  const [{ readPictureFolder }, { readPicture }, { pictureSample, pictureSide }] = await Promise.all([
    import('../../formats/images/folder.ts'),
    import('../pictures.ts'),
    import('../../verify/pictures.ts'),
  ]);
  const side = pictureSide(network);
  return (await readPictureFolder(path)).map((file) => async () => pictureSample(network, await readPicture(file, { ...options, side })));
}

async function* asked(pytorch: Pytorch, given: readonly Given[]): AsyncGenerator<DumpedPicture> {
  for (const read of given) {
    const sample = await read();
    const [picture] = sample.values();
    yield { sample, dumps: await pytorch.compute(picture!), at: 0 };
  }
}

interface OursOptions {
  readonly engine: 'fast' | 'reference';
  /** Whether a target's steps may join modules. */
  readonly fuse: boolean;
  readonly cc: string | undefined;
  readonly simulation: Simulation;
}

/** The engine computes the Program in which every module is a step; a target the one that is compiled for it, unless nothing is joined there. */
async function oursOn(
  target: (typeof computerNames)[number],
  network: Network,
  style: 'dyadic' | 'ares' | 'ivit',
  { engine, fuse, cc, simulation }: OursOptions,
): Promise<Ours & { readonly close: () => Promise<void> }> {
  if (target === 'engine') {
    const { engines } = await import('../../verify/engines.ts');
    const scaled = await loweredScaled(network, 'dyadic', { fuse: false });
    const run = (await engines[engine]())(scaled.program);
    return { ...scaled, whole: true, compute: (inputs) => run(inputs, 'steps'), close: async () => {} };
  }
  const { openTarget } = await import('../compute.ts');
  const scaled = await loweredScaled(network, fuse ? style : 'dyadic', { fuse });
  const { run, close } = await openTarget(target, scaled.program, { cc, simulation });
  return { ...scaled, whole: !fuse, compute: async (inputs) => (await run([inputs]))[0]!, close };
}

const shown = 3;

function describe(network: string, found: DumpAgreement, where: string, colour: boolean): string {
  const { pictures, modules, compared, absent, missing, unkept, elements, mismatches, scales, scaleMismatches, predictions, equal } = found;
  const rows = modules
    .filter((row) => row.mismatches > 0 || row.scale !== undefined)
    .map(({ module, elements: size, mismatches: differ, first, scale }) => [
      module,
      size,
      { text: differ, ...(differ > 0 && { style: 'red' as const }) },
      first ? `picture ${first.picture}, element ${first.element}: ${first.found}, not ${first.expected}` : '',
      scale ? `channel ${scale.channel}: ${scale.found}, not ${scale.expected}` : '',
    ]);
  const { top1 = 0, meanOverlap = 0, atLeastThree = 0 } = predictions ?? {};
  const alike = `mean top-5 overlap ${meanOverlap.toFixed(2)}/5, at least 3 of 5 shared ${(100 * atLeastThree).toFixed(1)} %`;
  const logits = predictions ? 'the logits of ' : '';
  const counts = `${thousands(elements)} elements of ${plural(compared, 'module')} and ${logits}${plural(pictures, 'picture')}`;
  const verdict = `${counts}, ${plural(mismatches, 'mismatch', 'mismatches')}`;
  return [
    ...(rows.length > 0 ? [printTable(['module', 'elements', 'mismatches', 'first', 'scale'], rows, { colour }).trimEnd(), ''] : []),
    ...(absent.length > 0 ? [`not in ${network}: ${absent.join(', ')}`] : []),
    ...(missing.length > 0
      ? [`not in the dumps: ${plural(missing.length, 'module')} of ${network}, such as ${missing.slice(0, shown).join(', ')}`]
      : []),
    ...(unkept.length > 0
      ? [`${plural(unkept.length, 'module')} inside joined steps, whose integers are stored nowhere (--no-fuse stores them)`]
      : []),
    ...(predictions ? [`top-1 agreement ${(100 * top1).toFixed(1)} %, ${alike}`] : []),
    ...(scales > 0
      ? [`${thousands(scales)} scales, ${scaleMismatches === 0 ? 'all equal' : `those of ${plural(scaleMismatches, 'module')} differ`}`]
      : []),
    `compared with ${where}`,
    `${network}: ${styled(verdict, equal ? 'green' : 'red', colour)}`,
    '',
  ].join('\n');
}
