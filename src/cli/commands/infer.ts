import { plural } from '../../verify/units.ts';
import type { Define } from '../command.ts';
import { loweredUntil, withDebugOptions } from '../debug-options.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { count, engineOption, jsonOption, printJson, samplesFor, styleOption, withInputOptions, workersOption } from '../road.ts';

/** bitwright infer MODEL: the outputs of the network in integers. */
export const infer: Define = (command, io) =>
  withDebugOptions(withInputOptions(withModelOptions(command)))
    .addOption(engineOption())
    .addOption(workersOption())
    .addOption(styleOption())
    .option('--top-k <number>', 'how many of the largest elements of each output to print', count, 5)
    .addOption(jsonOption())
    .action(async (model, options) => {
      const [{ loadModel }, { computeGolden }, { describeOutputs, outputOf }] = await Promise.all([
        import('../load.ts'),
        import('../../verify/golden.ts'),
        import('../outputs.ts'),
      ]);
      const source = await sourceOf(model, options);
      const loaded = await loadModel(source, io);
      const samples = await samplesFor(loaded, options);
      const program = await loweredUntil(loaded.network, options.style ?? loaded.style, options.stopAfter);
      const { engine, workers } = options;
      const progress = io.progress(`Inferring ${plural(samples.length, 'sample')}`, samples.length);
      const values = await computeGolden(program, samples, {
        engine,
        workers,
        keep: 'outputs',
        progress: (done) => progress.update(done),
      }).finally(() => progress.end());
      const { topK: top, checksum } = options;
      const results = values.flatMap((outputs, sample) =>
        program.outputs.map((output) => outputOf(sample, output, outputs.get(output)!, { top, checksum })),
      );
      io.out(options.json ? printJson(results) : describeOutputs(results, io.colour));
    });
