import { bytes, memoryPlan, plural } from '../../verify/units.ts';
import type { Define } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { jsonOption, lowered, printJson, styleOption, targetOption } from '../road.ts';

/** bitwright compile MODEL: firmware as a folder of readable C. */
export const compile: Define = (command, io) =>
  withModelOptions(command)
    .addOption(targetOption())
    .requiredOption('--out <directory>', 'the folder to write')
    .option('--force', 'replace a folder that bitwright did not write')
    .option('--replay', 'firmware that keeps what flows inside its steps, and differs in these stores only')
    .addOption(styleOption())
    .addOption(jsonOption())
    .action(async (model, { target: name, out, force = false, style: wished, replay, json, ...options }) => {
      const [{ loadModel }, { targets }, { writeFirmware }, { constantBytes }] = await Promise.all([
        import('../load.ts'),
        import('../../targets/index.ts'),
        import('../../targets/firmware.ts'),
        import('../../verify/steps.ts'),
      ]);
      const source = await sourceOf(model, options);
      const { network, style: own } = await loadModel(source, io);
      const style = wished ?? own;
      const program = await lowered(network, style);
      const target = await targets[name]();
      const placed = target.plan(program);
      const plan = replay ? target.replay(placed) : placed;
      const firmware = await target.emit(plan);
      await writeFirmware(firmware, out, { force });
      const facts = {
        network: program.name,
        target: name,
        style,
        folder: out,
        files: [...firmware.keys()],
        steps: program.steps.length,
        constantBytes: constantBytes(program),
        memory: plan.memory,
      };
      io.out(json ? printJson(facts) : describe(facts));
    });

const describe = (facts: {
  readonly network: string;
  readonly folder: string;
  readonly files: readonly string[];
  readonly steps: number;
  readonly constantBytes: number;
  readonly memory: { readonly peak: number; readonly lowerBound: number };
}): string =>
  [
    `${facts.folder}: ${facts.network} in ${plural(facts.steps, 'step')}, ${plural(facts.files.length, 'file')}`,
    `  ${bytes(facts.constantBytes)} of constants`,
    `  ${memoryPlan(facts.memory)}`,
    `  build it with make -C ${facts.folder}`,
    '',
  ].join('\n');
