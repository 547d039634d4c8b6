import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { BadInput } from '../errors.ts';
import { kindOf } from '../formats/files.ts';
import { type FormatName, type FormatOptions, formatNames, modelFormats } from '../importers/formats.ts';
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
export type Source = ({ readonly kind: FormatName; readonly path: string } & FormatOptions) | PythonSource;

const collect = (value: string, values: readonly string[]): readonly string[] => [...values, value];
const none: readonly string[] = [];

/** The argument MODEL and the options of a .py model, which all commands share. */
export const withModelOptions = (command: Command) =>
  withCheckpointOptions(command)
    .argument('[model]', 'a bundle, an ARES directory, an I-ViT checkpoint, or a .py file with the options below')
    .option('--model-file <file>', 'the .py file, instead of MODEL')
    .option('--model-class <name>', 'class of the model; without it, create_model() is called')
    .option('--checkpoint <file>', 'state to load into the model')
    .option('--sample <file>', '.npy file with samples along axis 0; once for each input', collect, none)
    .option('--input-shape <sizes>', 'shape of a random sample, such as 1,1,28,28; once for each input', collect, none)
    .option('--init-kwarg <name=value>', 'argument of the constructor, a Python literal; repeats', collect, none)
    .option('--python <program>', 'Python with the PyTorch and Brevitas of the model (default: BITWRIGHT_PYTHON, or python3)');

/** What may be said of an I-ViT checkpoint. */
export const withCheckpointOptions = <A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) =>
  command
    .option('--model-name <name>', 'of an I-ViT checkpoint: the model that it must be, such as deit_tiny_patch16_224')
    .option('--heads <number>', 'of an I-ViT checkpoint: heads of each attention, where its shapes do not tell', count);

export type ModelOptions = ReturnType<ReturnType<typeof withModelOptions>['opts']>;

function count(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(value);
}

/** The forms of a model with their articles: `a bundle, an ARES directory, an I-ViT checkpoint, or a .py file`. */
const forms = `${formatNames.map((name) => modelFormats[name].what).join(', ')}, or a .py file`;

/** Options that were given, as the user typed them. */
const given = (options: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(options)
    .filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== undefined))
    .map(([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);

function refuseForeign(options: Readonly<Record<string, unknown>>, owner: string, path: string): void {
  const [foreign] = given(options);
  if (foreign !== undefined) throw new UsageError(`${foreign} belongs to ${owner}, and ${path} is none`);
}

/** Which model the user means. No model is a UsageError, as an option that does not apply; a path that holds no model is a BadInput. */
export async function sourceOf(model: string | undefined, options: ModelOptions): Promise<Source> {
  const { modelFile, modelClass, checkpoint, sample, inputShape, initKwarg, python, modelName, heads } = options;
  if (model !== undefined && modelFile !== undefined) throw new UsageError(`two models, ${model} and ${modelFile}: name one`);
  const path = model ?? modelFile;
  if (path === undefined) throw new UsageError(`no model: name ${forms}`);
  if (path.endsWith('.py')) {
    refuseForeign({ modelName, heads }, modelFormats.checkpoint.what, path);
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
  refuseForeign({ modelClass, checkpoint, sample, inputShape, initKwarg, python }, 'a .py model', path);
  return fileSource(path, { modelName, heads });
}

/** A model that is read from files, with what is said of it. */
export async function fileSource(path: string, { modelName, heads }: FormatOptions): Promise<Exclude<Source, PythonSource>> {
  const kind = await formatOf(path);
  const wish: FormatOptions = { ...(modelName !== undefined && { modelName }), ...(heads !== undefined && { heads }) };
  const taken: readonly string[] = modelFormats[kind].options;
  refuseForeign(Object.fromEntries(Object.entries(wish).filter(([name]) => !taken.includes(name))), modelFormats.checkpoint.what, path);
  return { kind, path, ...wish };
}

async function formatOf(path: string): Promise<FormatName> {
  const kind = await kindOf(path);
  if (kind !== 'absent') for (const name of formatNames) if (await modelFormats[name].recognises(path, kind)) return name;
  const found = { absent: 'no such file or directory', file: 'a file', directory: 'a directory without bundle.json or network_info.json' }[
    kind
  ];
  throw new BadInput({ where: path, found, expected: forms, remedy: 'check the path, or make a bundle with bitwright extract' });
}

function refuseBadShapes(shapes: readonly string[]): void {
  const bad = shapes.find((shape) => !/^[1-9]\d*(,[1-9]\d*)*$/.test(shape));
  if (bad !== undefined) throw new UsageError(`--input-shape ${bad} is no list of sizes such as 1,1,28,28`);
}

function refuseBadArguments(initArguments: readonly string[]): void {
  const bad = initArguments.find((argument) => !/^[A-Za-z_]\w*=/.test(argument));
  if (bad !== undefined) throw new UsageError(`--init-kwarg ${bad} is not of the form name=value`);
}
