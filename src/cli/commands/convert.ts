import { Option } from '@commander-js/extra-typings';
import type { Traced } from '../../importers/ivit/import.ts';
import { plural } from '../../verify/units.ts';
import type { Define } from '../command.ts';
import { withCheckpointOptions } from '../model-options.ts';
import { jsonOption, printJson } from '../road.ts';

/** What was written, in words and as a number of its things. */
interface Written {
  readonly what: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** How a checkpoint's modules are written into a directory that exists. */
type Write = (directory: string, traced: Traced) => Promise<Written>;

const writers = {
  async bundle(directory, { name, input, records, output }) {
    const { writeBundleInto } = await import('../../importers/bundle/write.ts');
    await writeBundleInto(directory, { name, framework: 'ivit', inputs: [input], records, outputs: [output] });
    return { what: `a bundle of ${plural(records.length, 'record')}`, counts: { records: records.length } };
  },
  async params(directory, { records }) {
    const [{ writeFile }, { join }, { paramsOf }, { printNpyDictionary, printNpz }] = await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
      import('../../importers/ivit/params.ts'),
      import('../../formats/npz.ts'),
    ]);
    const params = paramsOf(records);
    await writeFile(join(directory, 'params.npz'), printNpz(params));
    await writeFile(join(directory, 'params.npy'), printNpyDictionary(params));
    const what = `${plural(params.size, 'tensor')} in params.npz, and in params.npy as a pickled dictionary`;
    return { what, counts: { tensors: params.size } };
  },
} as const satisfies Readonly<Record<string, Write>>;

const formatNames = Object.keys(writers) as (keyof typeof writers)[];

/** bitwright convert CHECKPOINT: the modules of an I-ViT checkpoint as a bundle, or its integers by the names of the older flow. */
export const convert: Define = (command, io) =>
  withCheckpointOptions(command)
    .argument('<checkpoint>', 'a checkpoint that I-ViT saved: .pth or .pth.tar')
    .requiredOption('--out <directory>', 'the folder to write')
    .addOption(
      new Option('--format <format>', 'a bundle, or the dictionary of tensors by name').choices(formatNames).default('bundle' as const),
    )
    .option('--force', 'replace a folder that bitwright did not write')
    .addOption(jsonOption())
    .action(async (checkpoint, { out, format, force = false, json, ...wish }) => {
      const [{ traceCheckpoint }, { writeDirectory }] = await Promise.all([
        import('../../importers/ivit/import.ts'),
        import('../../formats/files.ts'),
      ]);
      const traced = await traceCheckpoint(checkpoint, wish);
      for (const sentence of traced.notes) io.note(`${sentence}\n`);
      let written: Written | undefined;
      const fill = async (directory: string): Promise<void> => {
        written = await writers[format](directory, traced);
      };
      await writeDirectory(out, fill, { force });
      io.out(json ? printJson({ out, format, network: traced.name, ...written?.counts }) : `${out}: ${traced.name}, ${written?.what}\n`);
    });
