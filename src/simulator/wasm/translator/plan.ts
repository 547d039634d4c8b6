import { type Order, orderOf } from './dominators.ts';
import { type Block, type Flow, successors } from './flow.ts';
import { type Guards, guardsOf } from './guards.ts';
import { type Liveness, livenessOf } from './liveness.ts';
import { alone, type Run, runsOf } from './runs.ts';
import type { Surroundings } from './surroundings.ts';

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

/** Undefined where loops are entered at more than one block. */
export function planOf(flow: Flow, surroundings: Surroundings): Plan | undefined {
  const following = new Map<number, readonly number[]>();
  for (const [pc, { end }] of flow.blocks)
    following.set(
      pc,
      successors(end).filter((to) => flow.blocks.has(to)),
    );
  const order = orderOf(flow.entry, (pc) => following.get(pc)!);
  if (!order.reducible) return undefined;
  const blocks = order.nodes.map((pc) => flow.blocks.get(pc)!);
  const isPriced = surroundings.timing !== undefined;
  const runs = isPriced ? blocks.map((_, position) => alone(position)) : runsOf(blocks, order);
  const guards = isPriced ? undefined : guardsOf(blocks, order, runs);
  return { flow, order, blocks, liveness: livenessOf(blocks, order, surroundings), guards, runs };
}

/** The blocks that each block dominates immediately, in the order. */
export function childrenOf({ dominator }: Order): number[][] {
  const children: number[][] = dominator.map(() => []);
  for (const [index, above] of dominator.entries()) if (index > 0) children[above]?.push(index);
  return children;
}
