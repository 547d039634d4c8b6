import type { Layer } from '../../network/network.ts';
import { int8 } from './build.ts';
import { compositeAt, type Found } from './composite.ts';
import { known } from './composites.ts';
import { type Graph, transparent } from './edges.ts';

/** A layer of a Network and, where one layer of the format is both, the quantiser of its result. */
export interface Unit {
  readonly layer: Layer;
  /** The layers whose last one it is, where the format has one for all of them. */
  readonly composite?: Found;
  readonly quantiser?: Layer;
}

/** Whether a layer and the quantiser behind it are one in the format: a ReLU, or what bears the quantiser's name, as the importer writes it. */
const isOne = (layer: Layer, quantiser: Layer): boolean =>
  quantiser.kind === 'quantiser' &&
  (layer.kind === 'relu' || (layer.name.startsWith(`${quantiser.name}.`) && !transparent.has(layer.kind) && layer.kind !== 'quantiser'));

/** A layer and a quantiser behind it that bears its name, as two layers of the format. */
export const roundedBehind = (layer: Layer, scale: number): readonly [Layer, Layer] => {
  const own = { ...layer, name: `${layer.name}_sum` };
  return [own, int8(layer.name, own.name, scale)];
};

/** The layers that the format has as parts of others, each by the last one of these. */
export function compositesOf(graph: Graph): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  const members = new Set<string>();
  for (const layer of graph.network.layers.toReversed()) {
    const composite = members.has(layer.name) ? undefined : compositeAt(known, layer, graph);
    if (!composite) continue;
    found.set(layer.name, composite);
    for (const member of composite.members) members.add(member);
  }
  return found;
}

/** The Network's layers as those of the format. */
export function unitsOf(graph: Graph): Unit[] {
  const composites = compositesOf(graph);
  const parts = new Set([...composites.values()].flatMap(({ members }) => [...members]));
  return graph.network.layers.flatMap((layer): Unit[] => {
    const quantiser = quantiserOf(graph, layer);
    const composite = composites.get(layer.name);
    if (composite) return [{ layer, composite, ...(quantiser && { quantiser }) }];
    if (parts.has(layer.name)) return [];
    if (quantiser) return layer.kind === 'relu' ? [] : [{ layer, quantiser }];
    const source = graph.layer(layer.inputs[0]!);
    if (source && quantiserOf(graph, source) === layer) return source.kind === 'relu' ? [{ layer: source, quantiser: layer }] : [];
    return layer.kind === 'identity' ? [] : [{ layer }];
  });
}

/** The quantiser that is one with a layer in the format, where nothing else reads that. */
function quantiserOf(graph: Graph, layer: Layer): Layer | undefined {
  const [reader, ...others] = graph.readers(layer.name);
  const alone = others.length === 0 && !graph.isOutput(layer.name);
  return reader && alone && isOne(layer, reader) ? reader : undefined;
}
