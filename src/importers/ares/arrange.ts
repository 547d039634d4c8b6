import type { Layer, Network } from '../../network/network.ts';
import { Graph } from './edges.ts';
import { branches, inputNames } from './graph.ts';
import { roundedBehind } from './units.ts';
import type { AresOutput } from './write.ts';

/** A layer of the format, and what it shall read. */
export interface Placed {
  readonly output: AresOutput;
  readonly reads: readonly string[];
}

/**
 * The layers that the outputs need, each as near behind what it reads as can be: of the values that a layer joins, the one with the longest way
 * comes first, so that a shortcut stands behind the road that it is shorter than.
 */
export function inChains(network: Network): Network {
  const layers = new Map(network.layers.map((layer) => [layer.name, layer]));
  const depths = new Map<string, number>();
  for (const { name, inputs } of network.layers) depths.set(name, 1 + Math.max(0, ...inputs.map((input) => depths.get(input) ?? 0)));
  const depth = (name: string): number => depths.get(name) ?? 0;
  const found = new Map<string, Layer>();
  const visit = (name: string): void => {
    const layer = layers.get(name);
    if (!layer || found.has(name)) return;
    for (const input of layer.inputs.toSorted((a, b) => depth(b) - depth(a))) visit(input);
    found.set(name, layer);
  };
  for (const output of network.outputs) visit(output);
  return { ...network, layers: [...found.values()] };
}

/**
 * A quantiser directly behind every average pool whose own stands behind a layer that only moves its values: the format looks no further. Nothing
 * is rounded twice, since both have one scale.
 */
export function roundedPools(network: Network): Network {
  const graph = new Graph(network);
  const layers = network.layers.flatMap((layer): readonly Layer[] => {
    const [scale, ...others] = graph.scalesBehind(layer.name);
    const [reader] = graph.readers(layer.name);
    const moved = pools.has(layer.kind) && scale !== undefined && others.length === 0 && reader?.kind !== 'quantiser';
    return moved ? roundedBehind(layer, scale) : [layer];
  });
  return { ...network, layers };
}
const pools = new Set(['average-pool', 'adaptive-average-pool']);

/** Names by which the format knows branches and shortcuts: `eeg_` and `ppg_` in front, `.conv1` and `.shortcut` in them. */
export function named<P extends Placed>(placed: readonly P[], inputs: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(inputNames(placed.map(({ output }) => output)));
  const names = new Map(placed.map(({ output: { name } }) => [name, taken.has(name) ? `${name}_quant` : name]));
  const origins = new Map<string, ReadonlySet<string>>(inputs.map((input) => [input, new Set([input])]));
  const last = new Map<string, string>();
  placed.forEach(({ output: { name, type }, reads }, at) => {
    const origin = new Set(reads.flatMap((read) => [...(origins.get(read) ?? [])]));
    origins.set(name, origin);
    const branch = [...origin].join();
    const before = last.get(branch) ?? placed[at - 1]?.output.name;
    const [read, ...others] = reads;
    if (others.length === 0 && read !== undefined && before !== undefined && read !== before && type === 'QuantConv2d') {
      const first = placed.find((one) => one.reads[0] === read && one.reads.length === 1)!.output.name;
      for (const [one, part] of [
        [first, '.conv1'],
        [name, '.shortcut'],
      ] as const) {
        if (!names.get(one)!.includes(part)) names.set(one, `${names.get(one)}${part}`);
      }
    }
    last.set(branch, name);
  });
  if (inputs.length !== branches.length) return names;
  for (const [name, origin] of origins) {
    const branch = inputs.findIndex((input) => origin.size === 1 && origin.has(input));
    if (branch >= 0 && names.has(name)) names.set(name, `${branches[branch]}${names.get(name)}`);
  }
  return names;
}
