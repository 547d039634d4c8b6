import type { Meaning } from '../operators/layer.ts';
import type { Graph, ProgramBuilder } from './builder.ts';

/** Whether a layer's integers lie somewhere, but for calls that only move them. */
const isMoved = ({ terms, offset, floor, unary, counts, round, source, pending }: Meaning): boolean =>
  pending.length > 0 &&
  terms.length === 1 &&
  offset.every((entry) => entry === 0) &&
  floor === -Infinity &&
  [unary, counts, round, source].every((part) => part === undefined);

/** The value of a layer or a call of this name; undefined where this graph does not make it, as what a table has swallowed. */
export function valueNamed(name: string, meanings: ReadonlyMap<string, Meaning>, builder: ProgramBuilder): string | undefined {
  const { nodes, constants, inputs } = builder.graph('', []);
  if (nodes.some((node) => node.name === name) || constants.has(name) || inputs.has(name)) return name;
  const meaning = meanings.get(name);
  return meaning && isMoved(meaning) ? builder.settle(name, meaning).terms[0].value : undefined;
}

/** The names by which valueNamed finds a value that is computed. */
export const valueNames = (meanings: ReadonlyMap<string, Meaning>, builder: ProgramBuilder): readonly string[] => {
  const moved = [...meanings].filter(([, meaning]) => isMoved(meaning)).map(([name]) => name);
  return [...new Set([...builder.graph('', []).nodes.map(({ name }) => name), ...moved])];
};

/** What the outputs of a graph depend on, and nothing else. */
export function onlyReached(graph: Graph): Graph {
  const reached = new Set(graph.outputs);
  for (const { name, call } of graph.nodes.toReversed()) if (reached.has(name)) for (const operand of call.operands) reached.add(operand);
  return {
    ...graph,
    constants: new Map([...graph.constants].filter(([name]) => reached.has(name))),
    nodes: graph.nodes.filter(({ name }) => reached.has(name)),
  };
}
