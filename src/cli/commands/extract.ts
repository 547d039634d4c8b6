import { Option } from '@commander-js/extra-typings';
import { plural } from '../../verify/units.ts';
import { type Define, UsageError } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { jsonOption, printJson, styleOption } from '../road.ts';

/** bitwright extract MODEL.py: traces it in the user's own Python, and puts the bundle in place once it can be imported and lowered. */
export const extract: Define = (command, io) =>
  withModelOptions(command)
    .requiredOption('--out <directory>', 'where to write')
    .addOption(
      new Option('--format <format>', 'a bundle, or the files of ARES').choices(['bundle', 'ares'] as const).default('bundle' as const),
    )
    .option('--force', 'replace a directory that bitwright did not write')
    .addOption(styleOption())
    .addOption(jsonOption())
    .action(async (model, { out, force = false, format, style, json, ...options }) => {
      const source = await sourceOf(model, options);
      const { extractAres, extractBundle } = await import('../extract.ts');
      const extracted = async () => {
        if (format === 'ares') return extractAres(source, out, { force }, io);
        if (source.kind !== 'python')
          throw new UsageError(`${source.path} is traced already: a bundle is extracted from a .py file, or converted from a checkpoint`);
        const { network, samples } = await extractBundle(source, out, { style, force }, io);
        return { network, cases: samples.count };
      };
      const { network, cases } = await extracted();
      const facts = { out, format, network: network.name, layers: network.layers.length, samples: cases };
      const made = `${plural(facts.layers, 'layer')}, and the integers of ${plural(cases, 'sample')}`;
      io.out(json ? printJson(facts) : `${out}: ${network.name}, ${made}\n`);
    });
