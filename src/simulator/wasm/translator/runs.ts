import type { Order } from './dominators.ts';
import { type Block, successors } from './flow.ts';
import type { Instruction } from './instruction.ts';

/** Blocks that are written one behind the other, several times over where they are a loop: by position, the first one first. */
export interface Run {
  readonly members: readonly number[];
  /** Members that the branch before them may skip to the next one. */
  readonly skipped: ReadonlySet<number>;
  readonly copies: number;
}

/** Instructions that a loop becomes when its body is written several times, and how many times at most. */
const longest = 160;
const mostCopies = 8;
/** Blocks of a loop, and instructions of one that may be skipped. */
const mostMembers = 12;
const longestSkipped = 6;

export const alone = (position: number): Run => ({ members: [position], skipped: new Set(), copies: 1 });

/**
 * The run that starts at each block. A loop whose blocks follow one another, left at any of them, is one run: one check of the deadline, and of the ranges
 * that its steps make, serves several rounds. The only joins in it are behind a few instructions that a branch skips.
 */
export function runsOf(blocks: readonly Block[], order: Order): readonly Run[] {
  return blocks.map((_, head) => {
    const latches = (order.predecessors[head] ?? []).filter((from) => from >= head);
    const loops = latches.flatMap((latch) => {
      const loop = loopOf(head, latch, blocks, order);
      const length = loop?.members.reduce((sum, member) => sum + blocks[member]!.instructions.length, 0) ?? longest;
      const copies = Math.min(mostCopies, Math.floor(longest / Math.max(1, length)));
      return loop !== undefined && copies > 1 ? [{ ...loop, copies }] : [];
    });
    return loops.sort((a, b) => b.copies - a.copies)[0] ?? alone(head);
  });
}

/** How many instructions of a run are executed whenever the first one is: up to the first branch that may leave it. */
export function certainOf({ members, skipped }: Run, blocks: readonly Block[]): number {
  let count = 0;
  for (const [at, member] of members.entries()) {
    const { instructions, end } = blocks[member]!;
    count += instructions.length;
    const skips = skipped.has(members[at + 1] ?? -1);
    if (end.kind === 'branch' && !skips) break;
  }
  return count;
}

/** The blocks of the loop from `latch` back to `head`. */
function loopOf(head: number, latch: number, blocks: readonly Block[], order: Order): Omit<Run, 'copies'> | undefined {
  const members: number[] = [];
  const skipped = new Set<number>();
  for (let at = latch; members.length < mostMembers; ) {
    const { end } = blocks[at]!;
    const isSimple = end.kind === 'branch' ? end.taken !== end.next : end.kind === 'fall' || end.kind === 'jump';
    if (!isSimple) return undefined;
    members.unshift(at);
    if (at === head) return { members, skipped };
    const sources = order.predecessors[at]!;
    const arm = sources.length === 2 ? armBefore(at, blocks, order) : undefined;
    if (arm !== undefined) {
      members.unshift(arm);
      skipped.add(arm);
    } else if (sources.length !== 1) return undefined;
    const from = arm === undefined ? sources[0]! : order.predecessors[arm]![0]!;
    if (from < head || !successors(blocks[from]!.end).some((to) => order.position.get(to) === at)) return undefined;
    at = from;
  }
  return undefined;
}

/** Of the two blocks before a join the one that the other one's branch skips, if all that it does is to compute. */
function armBefore(join: number, blocks: readonly Block[], { position, predecessors }: Order): number | undefined {
  const [a, b] = predecessors[join]! as [number, number];
  for (const [from, arm] of [
    [a, b],
    [b, a],
  ] as const) {
    const { end, instructions } = blocks[arm]!;
    const before = blocks[from]!.end;
    const isArm = predecessors[arm]!.length === 1 && predecessors[arm]![0] === from && before.kind === 'branch' && from < arm && arm < join;
    const falls = end.kind === 'fall' || (end.kind === 'jump' && !end.indirect && end.to > (instructions.at(-1)?.pc ?? 0));
    if (!isArm || !falls || instructions.length > longestSkipped || !instructions.every(computes)) continue;
    const taken = position.get(before.taken);
    const next = position.get(before.next);
    const isForward = before.taken > (blocks[from]!.instructions.at(-1)?.pc ?? 0);
    if (isForward && ((taken === join && next === arm) || (taken === arm && next === join))) return arm;
  }
  return undefined;
}

/** Whether an instruction can only go on: it accesses no memory, and no library of float instructions. */
const computes = (instruction: Instruction): boolean => {
  const { row } = instruction;
  return row.cycles === 'alu' || row.cycles === 'multiply' || (row.control === 'jump' && instruction.operands['rd'] === 0);
};
