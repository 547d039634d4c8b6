import { Option } from '@commander-js/extra-typings';
import { plural } from '../../verify/units.ts';
import { type Define, UsageError } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { jsonOption, printJson, styleOption } from '../road.ts';
import { printTable, type Row } from '../table.ts';

/** bitwright extract MODEL.py: traces it in the user's own Python, and puts the bundle in place once it can be imported and lowered. */
export const extract: Define = (command, io) =>
  withModelOptions(command)
    .requiredOption('--out <directory>', 'where to write')
    .addOption(
      new Option('--format <format>', 'a bundle, or the files of ARES').choices(['bundle', 'ares'] as const).default('bundle' as const),
    )
    .option('--force', 'replace a directory that bitwright did not write')
    .option('--nearest', 'with --format ares: write what the format cannot hold as near as it can, and list it')
    .addOption(styleOption())
    .addOption(jsonOption())
    .action(async (model, { out, force = false, nearest = false, format, style, json, ...options }) => {
      if (nearest && format !== 'ares') throw new UsageError('--nearest belongs to --format ares');
      const source = await sourceOf(model, options);
      const { extractAres, extractBundle } = await import('../extract.ts');
      const extracted = async () => {
        if (format === 'ares') return extractAres(source, out, { force, nearest, style }, io);
        if (source.kind !== 'python')
          throw new UsageError(`${source.path} is traced already: a bundle is extracted from a .py file, or converted from a checkpoint`);
        const { network, samples } = await extractBundle(source, out, { style, force }, io);
        return { network, cases: samples.count, changes: [] };
      };
      const { network, cases, changes, ...golden } = await extracted();
      const facts = { out, format, network: network.name, layers: network.layers.length, samples: cases, ...golden, changes };
      if ('reason' in golden) io.note(`golden tensors are exact, since ARES's own formula is not computed: ${golden.reason}\n`);
      const made = `${plural(facts.layers, 'layer')}, and the integers of ${plural(cases, 'sample')}`;
      const changed = changes.map(({ layer, change }): Row => [layer, change]);
      const table = changed.length > 0 ? `${printTable(['layer', 'change'], changed, { colour: io.colour })}\n` : '';
      io.out(json ? printJson(facts) : `${table}${out}: ${network.name}, ${made}\n`);
    });
