import type { Define } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import * as road from '../road.ts';

/** bitwright golden MODEL: what every step must be, as files. */
export const golden: Define = (command, io) =>
  road
    .withInputOptions(withModelOptions(command))
    .option('--inputs <files...>', 'the same as --input, several files behind one flag')
    .requiredOption('--out <directory>', 'the folder to write')
    .option('--force', 'replace a folder that bitwright did not write')
    .option('--no-fuse', 'write the result of every call, not only those of whole steps')
    .addOption(road.engineOption())
    .addOption(road.workersOption())
    .addOption(road.styleOption())
    .addOption(road.jsonOption())
    .action(async (model, { out, force = false, fuse, engine, workers, style, json, inputs = [], input, ...options }) => {
      const [{ loadModel }, { computeGolden }, { testCaseOf, writeGoldenFiles }, { writeDirectory }, { plural }, { writeShownInto }] =
        await Promise.all([
          import('../load.ts'),
          import('../../verify/golden.ts'),
          import('../../verify/golden-files.ts'),
          import('../../formats/files.ts'),
          import('../../verify/units.ts'),
          import('../texts.ts'),
        ]);
      const source = await sourceOf(model, options);
      const loaded = await loadModel(source, io);
      const samples = await road.samplesFor(loaded, { input: [...input, ...inputs], divide: options.divide });
      const program = await road.lowered(loaded.network, style ?? loaded.style, { fuse });
      const progress = io.progress(`Computing ${plural(samples.length, 'sample')}`, samples.length);
      const values = await computeGolden(program, samples, { engine, workers, progress: (done) => progress.update(done) }).finally(() =>
        progress.end(),
      );
      const cases = samples.map((sample, index) => testCaseOf(loaded.network, program, sample, values[index]!));
      const write = async (directory: string): Promise<void> => {
        await writeGoldenFiles(directory, program, cases);
        await writeShownInto(directory, { program });
      };
      await writeDirectory(out, write, { force });
      const facts = { out, network: program.name, cases: cases.length, steps: program.steps.length };
      const text = `${out}: the golden tensors of ${plural(facts.steps, 'step')} for ${plural(facts.cases, 'test case')}\n`;
      io.out(json ? road.printJson(facts) : text);
    });
