import { BadInput } from '../../errors.ts';
import type { AresInfo, AresLayer } from './directory.ts';

/** Where the layers of a network with two inputs belong, by the beginnings of their names: input 0, input 1. */
export const branches = ['eeg_', 'ppg_'] as const;
const remedy = 'extract the network again';

const isBranched = (layers: readonly AresLayer[]): boolean =>
  branches.every((prefix) => layers.some(({ name }) => name.startsWith(prefix)));

/** The network's own inputs: one, or one for each branch. */
export const inputNames = (layers: readonly AresLayer[]): readonly string[] =>
  isBranched(layers) ? branches.map((_, index) => `input${index}`) : ['input'];

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');

/** The inputs that a layer names itself: `inputs`, or in older files `input1` and `input2`. */
const named = ({ fields }: AresLayer): readonly string[] | undefined =>
  [fields['inputs'], [fields['input1'], fields['input2']]].find(isNames);

/** The types whose inputs stand in the file. */
const joining = new Set(['Add', 'Concatenate']);

/**
 * What each layer reads. The format has edges for joins only; every other layer reads the one in front of it in its branch, but for
 * convolutions with `.shortcut` in their names: these read what the last layer with `.conv1` in its name has read.
 */
export function edgesOf({ file, layers }: AresInfo): ReadonlyMap<string, readonly string[]> {
  const inputs = inputNames(layers);
  const known = new Set<string>(inputs);
  const all = new Set(layers.map(({ name }) => name));
  const edges = new Map<string, readonly string[]>();
  const refuse = ({ name }: AresLayer, found: string, expected: string): never => {
    throw new BadInput({ where: `${file}, layer ${name}`, found, expected, remedy });
  };
  let snapshot: string | undefined;
  layers.forEach((layer, at) => {
    const explicit = named(layer);
    if (joining.has(layer.type) && explicit === undefined) refuse(layer, 'no inputs', 'the names of the layers that it joins');
    for (const input of joining.has(layer.type) ? explicit! : []) {
      if (known.has(input)) continue;
      if (all.has(input)) refuse(layer, `an input from ${input}, which comes later or depends on it`, 'a graph without cycles, in order');
      refuse(layer, `an input from ${input}, which is not in the network`, 'an earlier layer');
    }
    const before = inFront(layers, at, inputs) ?? refuse(layer, 'no layer in front of it', 'one in its branch');
    if (layer.name.includes('.conv1')) snapshot = before;
    const reads = (): readonly string[] => {
      if (joining.has(layer.type)) return explicit!;
      if (layer.type === 'Embedding') return []; // its indices are constants of the file
      if (layer.type !== 'QuantConv2d' || !layer.name.includes('.shortcut')) return [before];
      return [snapshot ?? refuse(layer, 'no .conv1 in front of a .shortcut', 'the block that it belongs to')];
    };
    edges.set(layer.name, reads());
    known.add(layer.name);
  });
  return edges;
}

/** The layer in front of one in its branch, or the branch's input. */
function inFront(layers: readonly AresLayer[], at: number, inputs: readonly string[]): string | undefined {
  const branch = isBranched(layers) ? branches.findIndex((prefix) => layers[at]!.name.startsWith(prefix)) : -1;
  const before = layers.slice(0, at).filter(({ name }) => branch < 0 || name.startsWith(branches[branch]!));
  return before.at(-1)?.name ?? (isBranched(layers) ? inputs[branch] : inputs[0]);
}
