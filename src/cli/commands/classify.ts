import { Option } from '@commander-js/extra-typings';
import type { Prediction } from '../../verify/classes.ts';
import { plural } from '../../verify/units.ts';
import type { Define } from '../command.ts';
import { loweredUntil, withDebugOptions } from '../debug-options.ts';
import { fileSource, withCheckpointOptions } from '../model-options.ts';
import { pillowVersion, withPictureOptions } from '../picture-options.ts';
import { computerNames, count, jsonOption, printJson, styleOption, workersOption } from '../road.ts';
import { simulationOf, withSimulatorOptions } from '../simulator-options.ts';
import { printable, printTable } from '../table.ts';

/** bitwright classify: what a network sees in pictures. */
export const classify: Define = (command, io) =>
  withSimulatorOptions(
    withDebugOptions(
      withPictureOptions(
        withCheckpointOptions(
          command
            .requiredOption('--model <model>', 'an I-ViT checkpoint, or the bundle that was made of it')
            .requiredOption('--image <files...>', 'pictures: JPEG, PNG or WebP')
            .addOption(new Option('--target <target>', 'what computes').choices(computerNames).default('engine' as const))
            .option('--top <number>', 'how many classes to print', count, 5)
            .option('--labels <file>', 'text with the name of a class on each line (default: those of ImageNet for 1000 classes)'),
        ),
      ),
    ),
  )
    .option('--cc <compiler>', 'C compiler of the target, as deploy takes it')
    .addOption(workersOption())
    .addOption(styleOption())
    .addOption(jsonOption())
    .action(async ({ model, image: paths, target, top, labels, cc, workers, style, json, preprocess, pillow, ...options }) => {
      const simulation = simulationOf(options, target);
      const [{ loadModel }, { machines }, { readPictures }, { pictureInputs, pictureSide }, { knownNames, predict, readNames }] =
        await Promise.all([
          import('../load.ts'),
          import('../compute.ts'),
          import('../pictures.ts'),
          import('../../verify/pictures.ts'),
          import('../../verify/classes.ts'),
        ]);
      const source = await fileSource(model, options);
      const { network, style: own } = await loadModel(source, io);
      const side = pictureSide(network);
      const pictures = await readPictures(paths, { side, preprocess, pillow: pillowVersion(pillow) });
      const program = await loweredUntil(network, style ?? own, options.stopAfter);
      const inputs = pictures.map(pictureInputs(program));
      const progress = io.progress(`Classifying ${plural(paths.length, 'picture')}`);
      const outputs = await machines[target](program, inputs, { cc, workers, simulation }).finally(() => progress.end());
      const logits = outputs.map((values) => values.get(program.outputs[0]!)!);
      const { stopAfter, checksum } = options;
      if (stopAfter !== undefined) {
        const { describeOutputs, outputOf } = await import('../outputs.ts');
        const stopped = logits.map((value, at) => outputOf(paths[at]!, program.outputs[0]!, value, { top, checksum }));
        io.out(json ? printJson({ network: network.name, target, preprocess, results: stopped }) : describeOutputs(stopped, io.colour));
        return;
      }
      const classes = logits[0]!.data.length;
      const called = labels === undefined ? knownNames(classes) : await readNames(labels, classes);
      const { checksum: sumOf } = await import('../../verify/checksum.ts');
      const results = paths.map((image, at): Classified => {
        const value = logits[at]!;
        return { image, top: predict(value.data, top, called), ...(checksum && { checksum: String(sumOf(value)) }) };
      });
      io.out(json ? printJson({ network: network.name, target, preprocess, results }) : describe(results, io.colour));
    });

interface Classified {
  readonly image: string;
  readonly top: readonly Prediction[];
  /** Of the logits. */
  readonly checksum?: string;
}

const describe = (results: readonly Classified[], colour: boolean): string =>
  results
    .map(
      ({ image, top, checksum }) => `${printable(image)}\n${table(top, colour)}${checksum === undefined ? '' : `checksum: ${checksum}\n`}`,
    )
    .join('\n');

const table = (top: readonly Prediction[], colour: boolean): string =>
  printTable(
    ['rank', 'class', 'label', 'logit', 'probability'],
    top.map(({ rank, class: index, label = '', wnid, logit, probability }) => [
      rank,
      index,
      wnid === undefined ? label : `${wnid} ${label}`,
      logit.toFixed(4),
      `${(100 * probability).toFixed(2)} %`,
    ]),
    { colour },
  );
