import { type Order, orderOf } from './dominators.ts';
import { type Block, type Flow, successors } from './flow.ts';
import { type Guards, guardsOf } from './guards.ts';
import { type Liveness, livenessOf } from './liveness.ts';
import { alone, type Run, runsOf } from './runs.ts';
import type { Surroundings } from './surroundings.ts';
import { type Graph, originalOf, untangled } from './untangle.ts';

/** A guest function, or what is reachable in it from one of its blocks, ready to be written. */
export interface Plan {
  readonly flow: Flow;
  readonly order: Order;
  readonly blocks: readonly Block[];
  readonly liveness: Liveness;
  /** Absent where the cycles of a block are not known from the code. */
  readonly guards: Guards | undefined;
  readonly runs: readonly Run[];
}

/**
 * Undefined where loops are entered at more than one block. Where the cycles of a block depend on where it begins, that is common: the code before a loop and the
 * loop's first block have the same end. Then blocks are copied until it is not so.
 */
export function planOf(flow: Flow, surroundings: Surroundings): Plan | undefined {
  const following = new Map<number, readonly number[]>();
  for (const [pc, { end }] of flow.blocks)
    following.set(
      pc,
      successors(end).filter((to) => flow.blocks.has(to)),
    );
  const isPriced = surroundings.timing !== undefined;
  const found = orderOf(flow.entry, (pc) => following.get(pc)!);
  if (!found.reducible && !isPriced) return undefined;
  const graph = found.reducible
    ? following
    : untangled(flow.entry, following, (node) => flow.blocks.get(originalOf(node))!.instructions.length);
  if (graph === undefined) return undefined;
  const order = found.reducible ? found : orderOf(flow.entry, (node) => graph.get(node)!);
  const blocks = order.nodes.map((node) => blockAt(flow, node, graph));
  const runs = isPriced ? blocks.map((_, position) => alone(position)) : runsOf(blocks, order);
  const guards = isPriced ? undefined : guardsOf(blocks, order, runs);
  return { flow, order, blocks, liveness: livenessOf(blocks, order, surroundings), guards, runs };
}

/** The block that a node of the graph stands for, with the copies of others that it leads to. */
function blockAt({ blocks }: Flow, node: number, graph: Graph): Block {
  const block = blocks.get(originalOf(node))!;
  const copies = new Map(graph.get(node)!.flatMap((to) => (to === originalOf(to) ? [] : [[originalOf(to), to] as const])));
  if (copies.size === 0 && node === block.start) return block;
  return { ...block, instructions: [...block.instructions], copies };
}

/** The blocks that each block dominates immediately, in the order. */
export function childrenOf({ dominator }: Order): number[][] {
  const children: number[][] = dominator.map(() => []);
  for (const [index, above] of dominator.entries()) if (index > 0) children[above]?.push(index);
  return children;
}
