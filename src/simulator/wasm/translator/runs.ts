import type { Order } from './dominators.ts';
import type { Block, End } from './flow.ts';
import { successors } from './flow.ts';

/** Blocks that are written one behind the other, several times over where they are a loop: by position, the first one first. */
export interface Run {
  readonly members: readonly number[];
  readonly copies: number;
}

/** Instructions that a loop becomes when its body is written several times, and how many times at most. */
const longest = 160;
const mostCopies = 8;

/**
 * The run that starts at each block. A loop whose blocks follow one another without joins, left at any of them, is one run: one check of the deadline, and of
 * the ranges that its steps make, serves several rounds.
 */
export function runsOf(blocks: readonly Block[], order: Order): readonly Run[] {
  return blocks.map((_, head) => {
    const latches = (order.predecessors[head] ?? []).filter((from) => from >= head);
    const loops = latches.flatMap((latch) => {
      const members = loopOf(head, latch, blocks, order) ?? [];
      const length = members.reduce((sum, member) => sum + blocks[member]!.instructions.length, 0);
      const copies = Math.min(mostCopies, Math.floor(longest / Math.max(1, length)));
      return members.length > 0 && copies > 1 ? [{ members, copies }] : [];
    });
    return loops.sort((a, b) => b.copies - a.copies)[0] ?? { members: [head], copies: 1 };
  });
}

const isSimple = ({ kind }: End): boolean => kind === 'branch' || kind === 'fall' || kind === 'jump';

/** The blocks of the loop from `latch` back to `head`, if there are no joins inside. */
function loopOf(head: number, latch: number, blocks: readonly Block[], { position, predecessors }: Order): readonly number[] | undefined {
  const members: number[] = [];
  for (let at = latch; ; ) {
    const { end } = blocks[at]!;
    if (!isSimple(end) || (end.kind === 'branch' && end.taken === end.next)) return undefined;
    members.unshift(at);
    if (at === head) return members;
    const [from, ...others] = predecessors[at] ?? [];
    if (from === undefined || others.length > 0 || from < head || members.length > 8) return undefined;
    if (!successors(blocks[from]!.end).some((to) => position.get(to) === at)) return undefined;
    at = from;
  }
}
