import type { Attributes } from '../numeric/attributes.ts';
import { elements, type Shape, type Tensor, tensor } from '../numeric/tensor.ts';
import { isWhole, sizesOf, wholeRegion } from '../operators/regions.ts';
import { slice } from '../operators/slice/slice.ts';
import type { Needs, Operators, Region } from '../program/operator.ts';
import { isWholeSpan, regionName } from '../program/regions.ts';
import type { Graph, Node } from './builder.ts';

const sameRegion = (a: Region, b: Region): boolean =>
  a.every(({ start, size, step }, axis) => start === b[axis]!.start && size === b[axis]!.size && (step === b[axis]!.step || size === 1));

/** One making of a node's value: the region that is made, and what that takes of its operands. */
interface Making {
  readonly region: Region;
  readonly needs: Needs;
}

/** The regions of every value that something reads; a value that nothing reads is not in it. */
class Demands {
  readonly #regions = new Map<string, Region[]>();

  add(value: string, region: Region): void {
    const known = this.#regions.get(value) ?? [];
    if (!known.some((other) => sameRegion(other, region))) this.#regions.set(value, [...known, region]);
  }

  of = (value: string): readonly Region[] => this.#regions.get(value) ?? [];
}

/**
 * Makes of every value only what something reads: a part of it where that is all, several parts where these together are less than the whole.
 * Whatever moves or computes elements says itself what a part takes. Values keep their integers; a part bears the name of its region.
 */
export function onlyLive(graph: Graph, operators: Operators): Graph {
  const shapes = new Map<string, Shape>();
  for (const [name, { type }] of [...graph.inputs, ...graph.constants]) shapes.set(name, type.shape);
  for (const { name, type } of graph.nodes) shapes.set(name, type.shape);
  const makings = chooseMakings(graph, shapes, operators);
  return rebuild(graph, shapes, makings, operators);
}

/** What each node makes, from the last to the first: by then all its readers have said what they need. */
function chooseMakings({ nodes, outputs }: Graph, shapes: ReadonlyMap<string, Shape>, operators: Operators): Map<Node, readonly Making[]> {
  const demands = new Demands();
  for (const output of outputs) demands.add(output, wholeRegion(shapes.get(output)!));
  const makings = new Map<Node, readonly Making[]>();
  for (const node of nodes.toReversed()) {
    const wanted = demands.of(node.name);
    if (wanted.length === 0) continue;
    const parts = wanted.flatMap((region) => makingOf(node, region, shapes, operators) ?? []);
    const size = wanted.reduce((sum, region) => sum + elements(sizesOf(region)), 0);
    const pays = parts.length === wanted.length && size < elements(node.type.shape);
    const chosen = pays ? parts : [wholeMaking(node, shapes, operators)];
    makings.set(node, chosen);
    for (const { needs } of chosen) needs.operands.forEach((region, index) => demands.add(node.call.operands[index]!, region));
  }
  return makings;
}

function makingOf({ call, type }: Node, region: Region, shapes: ReadonlyMap<string, Shape>, operators: Operators): Making | undefined {
  const operator = operators.get(call.operator)!;
  const operands = call.operands.map((name) => ({ dtype: type.dtype, shape: shapes.get(name)! }));
  const needs = operator.needs?.(call.attributes, operands, type, region);
  return needs && { region, needs };
}

function wholeMaking(node: Node, shapes: ReadonlyMap<string, Shape>, operators: Operators): Making {
  const region = wholeRegion(node.type.shape);
  const { attributes, operands } = node.call;
  const everything = { attributes, operands: operands.map((name) => wholeRegion(shapes.get(name)!)) };
  return makingOf(node, region, shapes, operators) ?? { region, needs: everything };
}

/** The graph of what was chosen. */
function rebuild(
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
  makings: ReadonlyMap<Node, readonly Making[]>,
  operators: Operators,
): Graph {
  const nodes: Node[] = [];
  const constants = new Map<string, Tensor>();
  const types = new Map<string, Node['type']>([...graph.inputs].map(([name, { type }]) => [name, type]));
  /** Which regions of a value there are, and under which names. */
  const made = new Map<string, { readonly region: Region; readonly name: string }[]>();
  const remember = (value: string, region: Region, name: string): void =>
    void made.set(value, [...(made.get(value) ?? []), { region, name }]);
  const append = (name: string, call: Node['call']): string => {
    const type = operators.get(call.operator)!.result(
      call.attributes,
      call.operands.map((operand) => types.get(operand)!),
    );
    nodes.push({ name, type, call });
    types.set(name, type);
    return name;
  };

  /** The name under which a region of a value can be read: what was made, a part of a constant, or a slice of the whole. */
  const read = (value: string, region: Region): string => {
    const known = made.get(value)?.find((each) => sameRegion(each.region, region));
    if (known) return known.name;
    const shape = shapes.get(value)!;
    const name = regionName(value, region, shape);
    const constant = graph.constants.get(value);
    if (constant) {
      const part = isWhole(region, shape) ? constant : sliceTensor(constant, region);
      constants.set(name, part);
      types.set(name, part.type);
    } else if (!isWhole(region, shape)) {
      const partial = region.flatMap((span, axis) => (isWholeSpan(span, shape[axis]!) ? [] : [{ axis, ...span }]));
      partial.reduce(
        (from, attributes, index) => {
          const own = index === partial.length - 1 ? name : `${name}~${index + 1}`;
          return append(own, { operator: slice.name, operands: [from], attributes });
        },
        read(value, wholeRegion(shape)),
      );
    }
    remember(value, region, name);
    return name;
  };

  /** Makes a region of a node's value and returns its name. One that is a region of the operand is there already; an output gets a copy. */
  const make = (node: Node, region: Region, attributes: Attributes | undefined, operands: readonly string[]): string => {
    const name = regionName(node.name, region, node.type.shape);
    const [first = ''] = operands;
    if (attributes) return append(name, { ...node.call, operands, attributes });
    if (!graph.outputs.includes(node.name)) return first;
    const all = { axis: 0, start: 0, size: node.type.shape[0]!, step: 1 };
    return append(name, { operator: slice.name, operands: [first], attributes: all });
  };

  for (const node of graph.nodes) {
    for (const { region, needs } of makings.get(node) ?? []) {
      const operands = node.call.operands.map((operand, index) => read(operand, needs.operands[index]!));
      remember(node.name, region, make(node, region, needs.attributes, operands));
    }
  }
  return { ...graph, constants, nodes };
}

/** A region of a constant. */
function sliceTensor(constant: Tensor, region: Region): Tensor {
  const { shape, dtype } = constant.type;
  return region.reduce((from, span, axis) => {
    if (isWholeSpan(span, shape[axis]!)) return from;
    const attributes = { axis, ...span };
    const part = tensor({ dtype, shape: from.type.shape.with(axis, span.size) });
    slice.evaluate(attributes, [from], part);
    return part;
  }, constant);
}
