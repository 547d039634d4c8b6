import type * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { type Shape, sameShape, type Tensor } from '../../numeric/tensor.ts';
import type { Graph } from './edges.ts';

export type Tensors = { readonly [role: string]: Tensor };
export type Fields = Readonly<Record<string, unknown>>;

/** One layer of the format that is several of a Network. Its result is rounded by the quantiser behind, as any layer's is. */
export interface Composite<F extends Fields = Fields> {
  readonly type: string;
  readonly fields: z.ZodType<F>;
  /** Fields with each structure that the layers can have; their numbers do not matter. */
  readonly structures: readonly F[];
  /** The scale of its result where its own layers round that. */
  readonly scale?: (fields: F) => number;
  /** Its layers, named `name.part`, the last being the result: what the format means, and what is looked for when a Network is written. */
  expand(place: Place, fields: F, tensors: Tensors): readonly Layer[];
  /** Fields and arrays of layers that have one of the structures. */
  collect(parts: Parts): { readonly fields: Fields; readonly tensors: Tensors };
}

/** Fields, each 1, of a composite that has one structure whatever they are. */
export const ones = <S extends z.ZodObject>({ shape }: S): z.infer<S> =>
  Object.fromEntries(Object.keys(shape).map((field) => [field, 1])) as z.infer<S>;

export interface Place {
  readonly name: string;
  readonly input: string;
  readonly shape: Shape;
}

/** The layers of a Network that are the parts of a composite. */
export interface Parts {
  readonly shape: Shape;
  /** The part, undefined where this structure has none. */
  find(part: string): Layer | undefined;
  /** A number among the attributes of a part; 0 where it has none. */
  number(part: string, attribute: string): number;
  tensor(part: string, role: string): Tensor | undefined;
}

/** A composite in a Network: the layers that it takes the place of, and what it is in the format. */
export interface Found {
  readonly type: string;
  /** What it reads; undefined where it reads nothing. */
  readonly input: string | undefined;
  readonly scale: number | undefined;
  readonly members: ReadonlySet<string>;
  readonly last: Layer;
  readonly fields: Fields;
  readonly tensors: Tensors;
}

const root = '';
const outside = 'input';
/** Of what a skeleton reads: its numbers do not matter, but for two heads, which want two features. */
const anyShape: Shape = [1, 1, 2];

/** The layers that end in `last` and stand to each other as those of `skeleton` do; what these read from outside is one value. */
function bind(skeleton: readonly Layer[], last: Layer, graph: Graph): ReadonlyMap<string, string> | undefined {
  const wanted = new Map(skeleton.map((layer) => [layer.name, layer]));
  const bound = new Map<string, string>();
  const follow = (part: string, name: string): boolean => {
    const known = bound.get(part);
    if (known !== undefined) return known === name;
    bound.set(part, name);
    const pattern = wanted.get(part);
    if (!pattern) return true;
    const found = graph.layer(name);
    if (found?.kind !== pattern.kind || found.inputs.length !== pattern.inputs.length) return false;
    return pattern.inputs.every((input, at) => follow(input, graph.behindIdentities(found.inputs[at]!)));
  };
  return follow(skeleton.at(-1)!.name, last.name) ? bound : undefined;
}

const sameNumbers = (a: Tensor | undefined, b: Tensor | undefined): boolean =>
  a === b || (!!a && !!b && sameShape(a.type.shape, b.type.shape) && a.data.every((value, at) => Object.is(value, b.data[at])));

/** Whether a layer is what the format would make of it. */
function equals(found: Layer, made: Layer): boolean {
  const roles = new Set([...Object.keys(found.tensors), ...Object.keys(made.tensors)]);
  return (
    JSON.stringify(sorted(found.attributes)) === JSON.stringify(sorted(made.attributes)) &&
    [...roles].every((role) => sameNumbers(found.tensors[role], made.tensors[role]))
  );
}
const sorted = (attributes: Fields): unknown => Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** The composite that ends in a layer, where nothing outside reads its parts and the format holds every number of them. */
export function compositeAt(composites: readonly Composite[], last: Layer, graph: Graph): Found | undefined {
  for (const composite of composites) {
    for (const structure of composite.structures) {
      const skeleton = composite.expand({ name: root, input: outside, shape: anyShape }, structure, {});
      if (skeleton.at(-1)!.kind !== last.kind) continue;
      const bound = bind(skeleton, last, graph);
      const found = bound && foundBy(composite, skeleton, bound, last, graph);
      if (found) return found;
    }
  }
  return undefined;
}

function foundBy(
  composite: Composite,
  skeleton: readonly Layer[],
  bound: ReadonlyMap<string, string>,
  last: Layer,
  graph: Graph,
): Found | undefined {
  const layers = skeleton.map((part) => [part.name, graph.layer(bound.get(part.name)!)!] as const);
  const members = new Set(layers.map(([, { name }]) => name));
  const hidden = [...members].filter((name) => name !== last.name);
  if (hidden.some((name) => graph.isOutput(name) || graph.readers(name).some((reader) => !members.has(reader.name)))) return undefined;
  const input = bound.get(outside);
  const shape = input === undefined ? [] : graph.shapes.get(input)!;
  const { fields, tensors } = composite.collect(partsOf(new Map(layers), shape));
  const parsed = composite.fields.safeParse(fields);
  if (!parsed.success) return undefined;
  const made = composite.expand({ name: root, input: outside, shape }, parsed.data, tensors);
  const same = made.length === skeleton.length && made.every((part, at) => equals(layers[at]![1], part));
  const scale = composite.scale?.(parsed.data);
  return same ? { type: composite.type, input, scale, members, last, fields, tensors } : undefined;
}

const partsOf = (layers: ReadonlyMap<string, Layer>, shape: Shape): Parts => ({
  shape,
  find: (part) => layers.get(`${root}.${part}`),
  number: (part, attribute) => Number(layers.get(`${root}.${part}`)?.attributes[attribute] ?? 0),
  tensor: (part, role) => layers.get(`${root}.${part}`)?.tensors[role],
});
