import { Argument } from '@commander-js/extra-typings';
import type { Tensor } from '../../numeric/tensor.ts';
import { plural } from '../../verify/units.ts';
import type { Define } from '../command.ts';
import { count, jsonOption, printJson } from '../road.ts';

interface Example {
  readonly summary: string;
  /** Fills a directory that exists and returns the names of its files. */
  write(directory: string, pictures: number): Promise<readonly string[]>;
}

type State = () => Promise<ReadonlyMap<string, Tensor>>;

/** A checkpoint of I-ViT for pictures of 224x224 pixels. */
const transformer = (model: string, state: () => Promise<State>): Example => ({
  summary: `a full-size ${model} with made-up weights and pictures, the same on every machine`,
  async write(directory, pictures) {
    const [{ writeExample }, make] = await Promise.all([import('../../importers/ivit/example.ts'), state()]);
    return writeExample(directory, await make(), { pictures, side: 224 });
  },
});

const examples = {
  'deit-tiny': transformer('DeiT-tiny', async () => (await import('../../importers/ivit/deit-tiny.ts')).deitTinyState),
  'swin-tiny': transformer('Swin-tiny', async () => (await import('../../importers/ivit/swin-tiny.ts')).swinTinyState),
} as const satisfies Readonly<Record<string, Example>>;

const names = Object.keys(examples) as (keyof typeof examples)[];

/** bitwright example NAME: a model that needs no download. */
export const example: Define = (command, io) =>
  command
    .addArgument(new Argument('<name>', names.map((name) => `${name}: ${examples[name].summary}`).join('; ')).choices(names))
    .requiredOption('--out <directory>', 'the folder to write')
    .option('--pictures <number>', 'how many pictures', count, 2)
    .option('--force', 'replace a folder that bitwright did not write')
    .addOption(jsonOption())
    .action(async (name, { out, pictures, force = false, json }) => {
      const { writeDirectory } = await import('../../formats/files.ts');
      let files: readonly string[] = [];
      const fill = async (directory: string): Promise<void> => {
        files = await examples[name].write(directory, pictures);
      };
      await writeDirectory(out, fill, { force });
      io.out(json ? printJson({ out, name, files }) : `${out}: ${plural(files.length, 'file')}: ${files.join(', ')}\n`);
    });
