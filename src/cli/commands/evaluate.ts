import type { Accuracy } from '../../verify/evaluate.ts';
import { plural } from '../../verify/units.ts';
import type { Define } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { collect, engineOption, jsonOption, lowered, number, printJson, readArrays, styleOption, workersOption } from '../road.ts';

/** bitwright evaluate MODEL: the accuracy on labelled samples, in exact integers. */
export const evaluate: Define = (command, io) =>
  withModelOptions(command)
    .requiredOption('--images <file>', '.npy file with samples along axis 0; once for each input of the network', collect, [])
    .requiredOption('--labels <file>', '.npy file with the class of each sample')
    .option('--predictions <file>', '.npy file with the classes that the source framework found, to compare with')
    .option('--divide <number>', 'divide the elements by this, for images that are stored as integers', number, 1)
    .addOption(engineOption())
    .addOption(workersOption())
    .addOption(styleOption())
    .addOption(jsonOption())
    .action(async (model, { images, labels, predictions, divide, engine, workers, style, json, ...options }) => {
      const [{ loadModel }, { splitSamples }, { accuracyOf, classes }, { computeGolden }] = await Promise.all([
        import('../load.ts'),
        import('../../verify/samples.ts'),
        import('../../verify/evaluate.ts'),
        import('../../verify/golden.ts'),
      ]);
      const source = await sourceOf(model, options);
      const { network, style: own } = await loadModel(source, io);
      const samples = splitSamples(network.inputs, await readArrays(images), divide);
      const [truth, theirs] = (await readArrays(predictions === undefined ? [labels] : [labels, predictions])).map((given) =>
        classes(given, samples.length),
      );
      const program = await lowered(network, style ?? own);
      const progress = io.progress(`Evaluating ${plural(samples.length, 'sample')}`, samples.length);
      const started = performance.now();
      const values = await computeGolden(program, samples, {
        engine,
        workers,
        keep: 'outputs',
        progress: (done) => progress.update(done),
      }).finally(() => progress.end());
      const seconds = (performance.now() - started) / 1000;
      const [output] = program.outputs;
      const accuracy = accuracyOf(
        values.map((result) => result.get(output!)!),
        truth!,
        theirs,
      );
      io.out(json ? printJson({ network: network.name, seconds, ...accuracy }) : describe(network.name, accuracy, seconds));
    });

const share = (part: number, whole: number): string => `${part} of ${whole} (${((100 * part) / whole).toFixed(2)} %)`;

const describe = (name: string, { samples, top1, top5, same }: Accuracy, seconds: number): string =>
  [
    `${name} in integers: ${share(top1, samples)} right`,
    `  among the first five: ${share(top5, samples)}`,
    ...(same === undefined ? [] : [`  the same class as the source framework: ${share(same, samples)}`]),
    `  ${seconds.toFixed(2)} s, ${Math.round(samples / seconds)} samples a second`,
    '',
  ].join('\n');
