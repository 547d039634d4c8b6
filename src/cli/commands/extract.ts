import { plural } from '../../verify/units.ts';
import { type Define, UsageError } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { jsonOption, printJson, styleFor, styleOption } from '../road.ts';

/** bitwright extract MODEL.py: traces it in the user's own Python, and puts the bundle in place once it can be imported and lowered. */
export const extract: Define = (command, io) =>
  withModelOptions(command)
    .requiredOption('--out <directory>', 'the bundle to write')
    .option('--force', 'replace a directory that bitwright did not write')
    .addOption(styleOption())
    .addOption(jsonOption())
    .action(async (model, { out, force = false, style, json, ...options }) => {
      const source = await sourceOf(model, options);
      if (source.kind !== 'python') throw new UsageError(`${source.path} is traced already: extract takes a .py file`);
      const { extractBundle } = await import('../extract.ts');
      const { network, samples } = await extractBundle(source, out, { style: styleFor(source, style), force }, io);
      const traced = `${plural(network.layers.length, 'layer')}, and the integers of ${plural(samples.count, 'sample')}`;
      io.out(
        json
          ? printJson({ out, network: network.name, layers: network.layers.length, samples: samples.count })
          : `${out}: ${network.name}, ${traced}\n`,
      );
    });
