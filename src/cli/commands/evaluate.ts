import { availableParallelism } from 'node:os';
import { Option } from '@commander-js/extra-typings';
import type { TargetName } from '../../targets/index.ts';
import type { Accuracy } from '../../verify/evaluate.ts';
import { plural } from '../../verify/units.ts';
import { type Define, UsageError } from '../command.ts';
import type { DatasetEvaluation } from '../evaluate-dataset.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { pillowVersion, withPictureOptions } from '../picture-options.ts';
import {
  collect,
  count,
  engineOption,
  jsonOption,
  lowered,
  number,
  printJson,
  readArrays,
  styleOption,
  targetNames,
  workersOption,
} from '../road.ts';
import { simulationOf, withSimulatorOptions } from '../simulator-options.ts';
import { printable, printTable } from '../table.ts';

/** bitwright evaluate MODEL: the accuracy on labelled samples, in exact integers. */
export const evaluate: Define = (command, io) =>
  withSimulatorOptions(
    withPictureOptions(
      withModelOptions(command)
        .option(
          '--images <file>',
          '.npy file with samples along axis 0; once for each input of the network',
          collect,
          [] as readonly string[],
        )
        .option('--labels <file>', '.npy file with the class of each sample')
        .option('--predictions <file>', '.npy file with the classes that the source framework found, to compare with')
        .option('--divide <number>', 'divide the elements by this, for images that are stored as integers', number, 1)
        .option(
          '--white <number>',
          'the samples are grey pictures [N, side, side] with this as the brightest: enlarge and normalise them',
          number,
        )
        .option('--dataset <directory>', 'pictures in a folder for each class, in place of --images and --labels')
        .option('--results <file>', 'keep what is found in --dataset; the same command goes on where it was stopped')
        .option('--num-samples <number>', 'the first so many samples only; of --dataset pictures spread over the classes', count)
        .addOption(new Option('--target <target>', 'compute on a target, in place of the engine').choices(targetNames)),
    ),
  )
    .option('--cc <compiler>', 'C compiler of the target, as deploy takes it')
    .addOption(engineOption())
    .addOption(workersOption().default(undefined, '1; with --dataset one for each core'))
    .addOption(styleOption())
    .addOption(jsonOption())
    .action(async (model, options, self) => {
      const { images, labels, predictions, divide, white, dataset, target, engine, workers, style, json, ...rest } = options;
      const { preprocess, pillow, numSamples, results, cc, ...modelOptions } = rest;
      const simulation = simulationOf(rest, target);
      if (dataset !== undefined && (images.length > 0 || labels !== undefined))
        throw new UsageError('--dataset brings its own labels and pictures');
      if (dataset === undefined && (images.length === 0 || labels === undefined)) {
        throw new UsageError('no samples: give --images and --labels, or --dataset');
      }
      refuseIdle(dataset === undefined ? 'dataset' : 'images', (option) => self.getOptionValueSource(option) === 'cli');
      const { loadModel } = await import('../load.ts');
      const source = await sourceOf(model, modelOptions);
      const { network, style: own } = await loadModel(source, io);
      const program = await lowered(network, style ?? own);
      if (dataset !== undefined) {
        const { evaluateDataset } = await import('../evaluate-dataset.ts');
        const settings = {
          dataset,
          preprocess,
          pillow: pillowVersion(pillow),
          workers: workers ?? availableParallelism(),
          numSamples,
          results,
          ...(target !== undefined && { target: { name: target, cc, simulation } }),
        };
        const evaluation = await evaluateDataset(network, program, settings, io);
        io.out(
          json
            ? printJson({ network: network.name, target: target ?? 'engine', dataset, preprocess, ...evaluation })
            : describeDataset(network.name, evaluation, io.colour),
        );
        return;
      }
      const [{ quantiseSample, splitSamples }, { greySamples }, { accuracyOf, classes }, { computeGolden }] = await Promise.all([
        import('../../verify/samples.ts'),
        import('../../verify/pictures.ts'),
        import('../../verify/evaluate.ts'),
        import('../../verify/golden.ts'),
      ]);
      const arrays = await readArrays(images);
      const all = white === undefined ? splitSamples(network.inputs, arrays, divide) : greySamples(network, arrays[0]!, white);
      const samples = all.slice(0, numSamples);
      const [truth, theirs] = (await readArrays([labels!, ...(predictions === undefined ? [] : [predictions])])).map((given) =>
        classes(given, all.length).slice(0, numSamples),
      );
      const progress = io.progress(`Evaluating ${plural(samples.length, 'sample')}`, samples.length);
      const started = performance.now();
      const inTarget = async (name: TargetName) => {
        const inputs = samples.map((sample) => quantiseSample(program, sample));
        return (await import('../compute.ts')).machines[name](program, inputs, { workers: 1, cc, simulation });
      };
      const update = (done: number): void => progress.update(done);
      const settings = { engine, workers: workers ?? 1, keep: 'outputs', progress: update } as const;
      const values = await (target === undefined ? computeGolden(program, samples, settings) : inTarget(target)).finally(() =>
        progress.end(),
      );
      const seconds = (performance.now() - started) / 1000;
      const [output] = program.outputs;
      const accuracy = accuracyOf(
        values.map((result) => result.get(output!)!),
        truth!,
        theirs,
      );
      io.out(json ? printJson({ network: network.name, seconds, ...accuracy }) : describe(network.name, accuracy, seconds));
    });

/** Options that say something of one kind of samples alone, as the user types them without dashes. */
const owned = { dataset: ['preprocess', 'pillow', 'results'], images: ['predictions', 'divide', 'white', 'engine'] } as const;

/** An option of the samples that are not there would change nothing: a UsageError. */
function refuseIdle(absent: keyof typeof owned, given: (option: string) => boolean): void {
  const idle = owned[absent].find(given);
  if (idle !== undefined) throw new UsageError(`--${idle} is for --${absent}`);
}

const share = (part: number, whole: number): string => `${part} of ${whole} (${((100 * part) / Math.max(whole, 1)).toFixed(2)} %)`;

const describe = (name: string, { samples, top1, top5, same }: Accuracy, seconds: number): string =>
  [
    `${name} in integers: ${share(top1, samples)} right`,
    `  among the first five: ${share(top5, samples)}`,
    ...(same === undefined ? [] : [`  the same class as the source framework: ${share(same, samples)}`]),
    `  ${seconds.toFixed(2)} s, ${Math.round(samples / seconds)} samples a second`,
    '',
  ].join('\n');

const shown = 5;

function describeDataset(name: string, evaluation: DatasetEvaluation, colour: boolean): string {
  const { samples, top1, top5, skipped, worst, seconds, computed } = evaluation;
  const rows = worst.map(({ class: index, label = '', samples: all, top1: right }) => [index, label, right, all]);
  return [
    `${name} in integers: ${share(top1, samples)} right`,
    `  among the first five: ${share(top5, samples)}`,
    `  ${seconds.toFixed(2)} s, ${(computed / seconds).toFixed(1)} images a second${computed === samples + skipped.length ? '' : `; ${samples + skipped.length - computed} were there before`}`,
    ...skipped.slice(0, shown).map(({ image, reason }) => `  left out: ${printable(image)}: ${reason}`),
    ...(skipped.length > shown ? [`  left out: ${plural(skipped.length - shown, 'picture')} more`] : []),
    ...(rows.length === 0
      ? []
      : ['the classes with the smallest share right:', printTable(['class', 'label', 'right', 'pictures'], rows, { colour })]),
    '',
  ].join('\n');
}
