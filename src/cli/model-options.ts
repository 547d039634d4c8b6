import { join } from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { BadInput } from '../errors.ts';
import { kindOf } from '../formats/files.ts';
import { UsageError } from './command.ts';

/** A model that is still Python: what the bridge needs to trace it. */
export interface PythonSource {
  readonly kind: 'python';
  readonly file: string;
  /** create_model() is called where no class is named. */
  readonly modelClass: string | undefined;
  readonly checkpoint: string | undefined;
  /** A .npy file for each input of the model. */
  readonly samples: readonly string[];
  /** The shape of each input, for random samples. */
  readonly inputShapes: readonly string[];
  /** `name=value`, the value a Python literal. */
  readonly initArguments: readonly string[];
  readonly python: string | undefined;
}

/** What MODEL may be. */
export type Source = { readonly kind: 'bundle' | 'ares'; readonly path: string } | PythonSource;

const collect = (value: string, values: readonly string[]): readonly string[] => [...values, value];
const none: readonly string[] = [];

/** The argument MODEL and the options of a .py model, which all commands share. */
export const withModelOptions = (command: Command) =>
  command
    .argument('[model]', 'a bundle, an ARES directory, or a .py file with the options below')
    .option('--model-file <file>', 'the .py file, instead of MODEL')
    .option('--model-class <name>', 'class of the model; without it, create_model() is called')
    .option('--checkpoint <file>', 'state to load into the model')
    .option('--sample <file>', '.npy file with samples along axis 0; once for each input', collect, none)
    .option('--input-shape <sizes>', 'shape of a random sample, such as 1,1,28,28; once for each input', collect, none)
    .option('--init-kwarg <name=value>', 'argument of the constructor, a Python literal; repeats', collect, none)
    .option('--python <program>', 'Python with the PyTorch and Brevitas of the model (default: BITWRIGHT_PYTHON, or python3)');

export type ModelOptions = ReturnType<ReturnType<typeof withModelOptions>['opts']>;

/** The file that makes a directory a model. */
const marks = [
  ['bundle', 'bundle.json'],
  ['ares', 'network_info.json'],
] as const;

/** Which model the user means. No model is a UsageError, as an option that does not apply; a path that holds no model is a BadInput. */
export async function sourceOf(model: string | undefined, options: ModelOptions): Promise<Source> {
  const { modelFile, modelClass, checkpoint, sample, inputShape, initKwarg, python } = options;
  if (model !== undefined && modelFile !== undefined) throw new UsageError(`two models, ${model} and ${modelFile}: name one`);
  const path = model ?? modelFile;
  if (path === undefined) throw new UsageError('no model: name a bundle, an ARES directory, or a .py file');
  if (path.endsWith('.py')) {
    refuseBadShapes(inputShape);
    refuseBadArguments(initKwarg);
    return {
      kind: 'python',
      file: path,
      modelClass,
      checkpoint,
      samples: sample,
      inputShapes: inputShape,
      initArguments: initKwarg,
      python,
    };
  }
  const given = Object.entries({ modelClass, checkpoint, sample, inputShape, initKwarg, python }).filter(([, value]) => value?.length);
  const [needless] = given.map(([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  if (needless !== undefined) throw new UsageError(`${needless} belongs to a .py model, and ${path} is none`);
  return { kind: await kindOfModel(path), path };
}

async function kindOfModel(path: string): Promise<'bundle' | 'ares'> {
  const kind = await kindOf(path);
  if (kind === 'directory') {
    for (const [model, file] of marks) if ((await kindOf(join(path, file))) === 'file') return model;
  }
  const found = { absent: 'no such file or directory', file: 'a file', directory: 'a directory without bundle.json or network_info.json' }[
    kind
  ];
  const expected = 'a bundle, an ARES directory, or a .py file';
  throw new BadInput({ where: path, found, expected, remedy: 'check the path, or make a bundle with bitwright extract' });
}

function refuseBadShapes(shapes: readonly string[]): void {
  const bad = shapes.find((shape) => !/^[1-9]\d*(,[1-9]\d*)*$/.test(shape));
  if (bad !== undefined) throw new UsageError(`--input-shape ${bad} is no list of sizes such as 1,1,28,28`);
}

function refuseBadArguments(initArguments: readonly string[]): void {
  const bad = initArguments.find((argument) => !/^[A-Za-z_]\w*=/.test(argument));
  if (bad !== undefined) throw new UsageError(`--init-kwarg ${bad} is not of the form name=value`);
}
