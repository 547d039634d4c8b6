import { BadInput } from '../../errors.ts';
import { shown } from '../../formats/checkpoint/source.ts';
import { type DeitSizes, deit, deitSizes } from './deit.ts';
import type { Graph, Value } from './graph.ts';
import type { Parameters } from './parameters.ts';
import { type SwinSizes, swin, swinSizes } from './swin.ts';

/** What a user may say of a checkpoint, beyond what is in it. */
export interface ModelWish {
  /** A name of `modelNames`, or its first words: `deit_tiny`; `auto` is none. */
  readonly modelName?: string | undefined;
  /** Heads of each attention, which a DeiT's shapes do not tell. */
  readonly heads?: number | undefined;
}

/** A network that a checkpoint holds: its name, the side and the channels of its image, and how its records are made. */
export interface FoundModel {
  readonly name: string;
  readonly image: number;
  readonly colours: number;
  build(graph: Graph, image: Value): Promise<Value>;
}

interface Family {
  /** A tensor that every model of the family has, and no other. */
  readonly mark: string;
  find(parameters: Parameters, wish: ModelWish): FoundModel;
}

/** The models that I-ViT publishes, with the numbers that tell them apart. */
interface Published {
  readonly names: readonly string[];
  readonly numbers: readonly number[];
}

const deits: readonly (Published & { readonly heads: number })[] = [
  { names: ['deit_tiny_patch16_224'], numbers: [192, 12, 16, 224], heads: 3 },
  { names: ['deit_small_patch16_224'], numbers: [384, 12, 16, 224], heads: 6 },
  { names: ['deit_base_patch16_224', 'vit_base_patch16_224'], numbers: [768, 12, 16, 224], heads: 12 },
  { names: ['vit_large_patch16_224'], numbers: [1024, 24, 16, 224], heads: 16 },
];
const swins: readonly Published[] = [
  { names: ['swin_tiny_patch4_window7_224'], numbers: [96, 4, 224, 2, 3, 7, 2, 6, 7, 6, 12, 7, 2, 24, 7] },
  { names: ['swin_small_patch4_window7_224'], numbers: [96, 4, 224, 2, 3, 7, 2, 6, 7, 18, 12, 7, 2, 24, 7] },
  { names: ['swin_base_patch4_window7_224'], numbers: [128, 4, 224, 2, 4, 7, 2, 8, 7, 18, 16, 7, 2, 32, 7] },
];

export const modelNames: readonly string[] = [...deits, ...swins].flatMap(({ names }) => names);

const deitNumbers = ({ channels, depth, patch, image }: DeitSizes): readonly number[] => [channels, depth, patch, image];
const swinNumbers = ({ channels, patch, image, stages }: SwinSizes): readonly number[] => [
  channels,
  patch,
  image,
  ...stages.flatMap(({ depth, heads, window }) => [depth, heads, window]),
];

const means = (name: string, wished: string): boolean => name === wished || name.startsWith(`${wished}_`);

/** The published model with these numbers; a wished one that has others is a BadInput. */
function published<P extends Published>(
  parameters: Parameters,
  list: readonly P[],
  numbers: readonly number[],
  wished: string | undefined,
): P | undefined {
  const found = list.find((model) => model.numbers.join() === numbers.join());
  if (wished === undefined || found?.names.some((name) => means(name, wished))) return found;
  throw new BadInput({
    where: `${parameters.where}, --model-name ${wished}`,
    found: `the checkpoint of ${found ? found.names.join(' or ') : 'a model of other sizes'}`,
    expected: `one of ${wished}`,
    remedy: 'leave --model-name out: the sizes are read from the shapes',
  });
}

const nameOf = (model: Published | undefined, wished: string | undefined, otherwise: string): string =>
  model?.names.find((name) => wished !== undefined && means(name, wished)) ?? model?.names[0] ?? otherwise;

/** Heads are in no shape: those of the published models, at any size of picture and patch, are known, of others they must be given. */
function headsOf(parameters: Parameters, channels: number, known: number | undefined, wished: number | undefined): number {
  const heads = wished ?? known;
  if (heads !== undefined && channels % heads === 0) return heads;
  const divisors = Array.from({ length: Math.min(channels, 32) }, (_, at) => at + 1).filter((count) => channels % count === 0);
  throw new BadInput({
    where: parameters.where,
    found:
      heads === undefined
        ? `${channels} channels, and no tensor that tells the number of heads`
        : `--heads ${heads} for ${channels} channels`,
    expected: `--heads ${divisors.join(', ')}`,
    remedy: 'pass --heads with the num_heads of the model',
  });
}

const deitFamily: Family = {
  mark: 'cls_token',
  find(parameters, { modelName, heads: wished }) {
    const sizes = deitSizes(parameters);
    const likely = deits.filter((one) => wished === undefined || one.heads === wished);
    const model = published(parameters, likely, deitNumbers(sizes), modelName);
    const alike = deits.find(({ numbers: [channels, depth] }) => channels === sizes.channels && depth === sizes.depth);
    const heads = headsOf(parameters, sizes.channels, alike?.heads, wished);
    const name = nameOf(model, modelName, `deit_patch${sizes.patch}_${sizes.image}`);
    return { name, image: sizes.image, colours: sizes.colours, build: (graph, image) => deit(graph, image, sizes, heads) };
  },
};

const swinFamily: Family = {
  mark: 'layers.0.blocks.0.attn.relative_position_bias_table',
  find(parameters, { modelName, heads }) {
    const sizes = swinSizes(parameters);
    const model = published(parameters, swins, swinNumbers(sizes), modelName);
    const stored = sizes.stages.map((stage) => stage.heads);
    if (heads !== undefined && heads !== stored[0])
      throw new BadInput({
        where: parameters.where,
        found: `--heads ${heads}`,
        expected: `${stored.join(', ')}, which the shapes say`,
        remedy: 'leave --heads out',
      });
    const name = nameOf(model, modelName, `swin_patch${sizes.patch}_window${sizes.stages[0]?.window}_${sizes.image}`);
    return { name, image: sizes.image, colours: sizes.colours, build: (graph, image) => swin(graph, image, sizes) };
  },
};

const families: readonly Family[] = [deitFamily, swinFamily];

/** The network whose tensors these are. A name that is none of `modelNames`, and tensors of no such network, are BadInputs. */
export function findModel(parameters: Parameters, wish: ModelWish): FoundModel {
  const modelName = wish.modelName === 'auto' ? undefined : wish.modelName;
  if (modelName !== undefined && !modelNames.some((name) => means(name, modelName))) {
    throw new BadInput({
      where: `--model-name ${modelName}`,
      found: 'no model of I-ViT',
      expected: `one of ${modelNames.join(', ')}`,
      remedy: 'leave it out',
    });
  }
  const family = families.find(({ mark }) => parameters.has(mark));
  if (!family) {
    throw new BadInput({
      where: parameters.where,
      found: parameters.names.length === 0 ? 'no tensors' : shown(`tensors such as ${parameters.names.slice(0, 3).join(', ')}`),
      expected: 'the state_dict of a DeiT, ViT or Swin of I-ViT',
      remedy: 'name the checkpoint that I-ViT saved',
    });
  }
  if (!parameters.has('qact_input.act_scaling_factor')) {
    throw new BadInput({
      where: parameters.where,
      found: 'a float model, without act_scaling_factor',
      expected: 'a checkpoint of I-ViT, which has scales',
      remedy: 'name the checkpoint that quantisation-aware training saved',
    });
  }
  return family.find(parameters, { ...wish, modelName });
}
