import type { Operators } from '../program/operator.ts';
import type { Call, Program, Step } from '../program/program.ts';
import type { Graph, Node } from './builder.ts';

/** How often each value is read, an output counting as a read. */
function countReads({ nodes, outputs }: Graph): Map<string, number> {
  const reads = new Map<string, number>();
  for (const name of [...nodes.flatMap(({ call }) => call.operands), ...outputs]) reads.set(name, (reads.get(name) ?? 0) + 1);
  return reads;
}

/**
 * Joins a call to its producer's pipe when nobody else reads that and the operator may follow another: that is all of fusion. A step stands
 * where its last stage stood, behind everything that it reads. The values of the steps are the same with and without.
 */
export function fusePipes({ name, inputs, constants, nodes, outputs }: Graph, fuse: boolean, operators: Operators): Program {
  const reads = countReads({ name, inputs, constants, nodes, outputs });
  const pipes = new Map<string, { readonly node: Node; readonly stages: readonly Call[] }>();
  for (const node of nodes) {
    const [producer = '', ...others] = node.call.operands;
    const pipe = pipes.get(producer);
    const joins = fuse && pipe && reads.get(producer) === 1 && operators.get(node.call.operator)!.epilogue;
    if (joins) pipes.delete(producer);
    pipes.set(node.name, { node, stages: joins ? [...pipe.stages, { ...node.call, operands: others }] : [node.call] });
  }
  const steps = [...pipes.values()].map(({ node, stages }): Step => ({ name: node.name, type: node.type, stages }));
  return { name, inputs, constants, steps, outputs };
}
