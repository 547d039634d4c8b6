import { plural } from '../../verify/units.ts';
import type { Define } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { count, engineOption, jsonOption, lowered, printJson, samplesFor, styleOption, withInputOptions, workersOption } from '../road.ts';
import { printTable } from '../table.ts';

/** bitwright infer MODEL: the outputs of the network in integers. */
export const infer: Define = (command, io) =>
  withInputOptions(withModelOptions(command))
    .addOption(engineOption())
    .addOption(workersOption())
    .addOption(styleOption())
    .option('--top-k <number>', 'how many of the largest elements of each output to print', count, 5)
    .addOption(jsonOption())
    .action(async (model, options) => {
      const [{ loadModel }, { computeGolden }, { topK }] = await Promise.all([
        import('../load.ts'),
        import('../../verify/golden.ts'),
        import('../../verify/top.ts'),
      ]);
      const source = await sourceOf(model, options);
      const loaded = await loadModel(source, io);
      const samples = await samplesFor(loaded, options);
      const program = await lowered(loaded.network, options.style ?? loaded.style);
      const { engine, workers } = options;
      const progress = io.progress(`Inferring ${plural(samples.length, 'sample')}`, samples.length);
      const values = await computeGolden(program, samples, {
        engine,
        workers,
        keep: 'outputs',
        progress: (done) => progress.update(done),
      }).finally(() => progress.end());
      const results = values.flatMap((outputs, sample) =>
        program.outputs.map((output): Result => {
          const { type, data } = outputs.get(output)!;
          return { sample, output, ...type, data: Array.from(data), top: topK(data, options.topK) };
        }),
      );
      io.out(options.json ? printJson(results) : describe(results, io.colour));
    });

interface Result {
  readonly sample: number;
  readonly output: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly top: readonly { readonly index: number; readonly value: number }[];
}

const describe = (results: readonly Result[], colour: boolean): string =>
  printTable(
    ['sample', 'output', 'shape', 'largest: element value'],
    results.map(({ sample, output, shape, top }) => [
      sample,
      output,
      shape.join('x'),
      top.map(({ index, value }) => `${index} ${Number(value.toPrecision(6))}`).join('   '),
    ]),
    { colour },
  );
