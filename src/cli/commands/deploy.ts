import { Option } from '@commander-js/extra-typings';
import { type Define, UsageError } from '../command.ts';
import { withDebugOptions } from '../debug-options.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import {
  count,
  engineOption,
  jsonOption,
  printJson,
  replayOption,
  simulatedNames,
  styleOption,
  targetOption,
  withInputOptions,
} from '../road.ts';
import { simulationOf, withSimulatorOptions } from '../simulator-options.ts';

/** bitwright deploy MODEL: the whole road, from the model to the proof that every integer on the machine is right. */
export const deploy: Define = (command, io) =>
  withDebugOptions(withSimulatorOptions(withInputOptions(withModelOptions(command))))
    .addOption(targetOption())
    .addOption(styleOption())
    .addOption(engineOption())
    .addOption(new Option('--run-on <machine>', 'compile for a simulated machine, run there and count its cycles').choices(simulatedNames))
    .option('--cc <compiler>', 'C compiler (default: BITWRIGHT_CC, or the one that npm installed)')
    .option('--out <directory>', 'keep the firmware there, with its executable')
    .option('--force', 'with --out: replace a folder that bitwright did not write')
    .option('--firmware <directory>', 'build and run this folder, which bitwright compile wrote, in place of new firmware')
    .addOption(replayOption())
    .option('--report <file>', 'write a page with the table and the memory over time')
    .option('--top-k <number>', 'how many of the largest elements of each output to print', count, 3)
    .addOption(jsonOption())
    .action(async (model, options) => {
      if (options.out !== undefined && options.firmware !== undefined) throw new UsageError('--out and --firmware exclude each other');
      const simulation = simulationOf(options, options.runOn ?? options.target);
      const [{ travel }, { describeDeployment, deploymentJson }, { loadModel }, { isEqual }] = await Promise.all([
        import('../deployment.ts'),
        import('../describe-deployment.ts'),
        import('../load.ts'),
        import('../../verify/replay.ts'),
      ]);
      const source = await sourceOf(model, options);
      const deployed = await travel(() => loadModel(source, io), { ...options, simulation }, io);
      if (options.report !== undefined) {
        const [{ writeWhole }, { printPage }] = await Promise.all([import('../../formats/files.ts'), import('../../verify/page/page.ts')]);
        await writeWhole(options.report, printPage(deployed));
        io.note(`the report is ${options.report}\n`);
      }
      const shown = { top: options.topK, checksum: options.checksum };
      io.out(options.json ? printJson(deploymentJson(deployed, shown)) : describeDeployment(deployed, shown, io.colour));
      io.setExitCode(deployed.verdict.mismatches === 0 && (!deployed.replay || isEqual(deployed.replay)) ? 0 : 1);
    });
