import type { DumpAgreement } from '../../verify/dumps.ts';
import { plural, thousands } from '../../verify/units.ts';
import type { Define } from '../command.ts';
import { fileSource, withCheckpointOptions } from '../model-options.ts';
import { count, engineOption, jsonOption, lowered, printJson } from '../road.ts';
import { printTable, styled } from '../table.ts';

/** bitwright compare: the integers of every module against those that its framework computed. Exit 0 only when all are equal. */
export const compare: Define = (command, io) =>
  withCheckpointOptions(command)
    .requiredOption('--checkpoint <file>', 'an I-ViT checkpoint, or the bundle that was made of it')
    .requiredOption('--dumps <directory>', 'folder with dump.safetensors or dump.safetensors.gz, which has <module>.int for each module')
    .option('--num-samples <number>', 'compare so many pictures only', count)
    .addOption(engineOption())
    .option('--output <file>', 'write the report as JSON')
    .addOption(jsonOption())
    .action(async ({ checkpoint, dumps: folder, numSamples, engine: name, output, json, ...options }) => {
      const [{ loadModel }, { readDumps }, { compareDumps }, { engines }, { splitSamples }, { writeWhole }] = await Promise.all([
        import('../load.ts'),
        import('../../formats/dumps.ts'),
        import('../../verify/dumps.ts'),
        import('../../verify/engines.ts'),
        import('../../verify/samples.ts'),
        import('../../formats/files.ts'),
      ]);
      const source = await fileSource(checkpoint, options);
      const { network } = await loadModel(source, io);
      const dumps = await readDumps(folder);
      const samples = splitSamples(network.inputs, [{ where: dumps.where, array: dumps.input }]).slice(0, numSamples);
      const program = await lowered(network, 'dyadic', { fuse: false });
      const run = (await engines[name]())(program);
      const progress = io.progress(`Comparing ${plural(samples.length, 'picture')}`, samples.length);
      const onPicture = (done: number): Promise<void> => {
        progress.update(done);
        return new Promise((resolve) => setTimeout(resolve)); // the bar is drawn by a timer
      };
      const found = await compareDumps(program, dumps, samples, run, onPicture).finally(() => progress.end());
      const report = { network: network.name, checkpoint, dumps: dumps.where, engine: name, ...found };
      if (output !== undefined) await writeWhole(output, printJson(report));
      io.out(json ? printJson(report) : describe(network.name, found, io.colour));
      io.setExitCode(found.equal ? 0 : 1);
    });

function describe(network: string, { pictures, modules, absent, elements, mismatches, equal }: DumpAgreement, colour: boolean): string {
  const rows = modules
    .filter((row) => row.mismatches > 0)
    .map(({ module, elements: size, mismatches: differ, first }) => [
      module,
      size,
      { text: differ, style: 'red' as const },
      first ? `picture ${first.picture}, element ${first.element}: ${first.found}, not ${first.expected}` : '',
    ]);
  const table = rows.length > 0 ? `${printTable(['module', 'elements', 'mismatches', 'first'], rows, { colour })}\n` : '';
  const missing = absent.length > 0 ? `not in ${network}: ${absent.join(', ')}\n` : '';
  const counts = `${thousands(elements)} elements of ${plural(modules.length, 'module')} and ${plural(pictures, 'picture')}`;
  return `${table}${missing}${network}: ${styled(`${counts}, ${plural(mismatches, 'mismatch', 'mismatches')}`, equal ? 'green' : 'red', colour)}\n`;
}
