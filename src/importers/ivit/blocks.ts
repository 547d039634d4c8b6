import type { Graph, Value } from './graph.ts';

/** fc1, ShiftGELU and fc2, which gives 16 bits. */
export async function mlp(graph: Graph, name: string, x: Value, hidden: number): Promise<Value> {
  const wide = await graph.act(`${name}.qact_gelu`, 8, await graph.linear(`${name}.fc1`, x, hidden));
  const active = await graph.act(`${name}.qact1`, 8, await graph.gelu(`${name}.act`, wide));
  return graph.act(`${name}.qact2`, 16, await graph.linear(`${name}.fc2`, active, x.shape.at(-1)!));
}

/** Queries, keys and values [groups, heads, tokens, channels of a head] of x [groups, tokens, channels]. */
export async function heads(graph: Graph, name: string, x: Value, count: number): Promise<readonly [Value, Value, Value]> {
  const [groups = 1, tokens = 0, channels = 0] = x.shape;
  const all = await graph.act(`${name}.qact1`, 8, await graph.linear(`${name}.qkv`, x, 3 * channels));
  const split = graph.reshape(`${name}.split`, all, [groups * tokens, 3, count, channels / count].toSpliced(0, 1, groups, tokens));
  const ordered = graph.permute(`${name}.heads`, split, [2, 0, 3, 1, 4]);
  const part = (letter: string, at: number): Value =>
    graph.reshape(`${name}.${letter}`, graph.pick(`${name}.${letter}_part`, ordered, 0, at), ordered.shape.slice(1));
  return [part('q', 0), part('k', 1), part('v', 2)];
}

/** The heads beside each other again: [groups, tokens, channels]. */
export function joined(graph: Graph, name: string, x: Value): Value {
  const [groups = 1, count = 1, tokens = 0, channels = 0] = x.shape;
  return graph.reshape(`${name}.joined`, graph.permute(`${name}.tokens`, x, [0, 2, 1, 3]), [groups, tokens, count * channels]);
}
