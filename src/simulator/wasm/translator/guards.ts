import type { Order } from './dominators.ts';
import type { Block, End } from './flow.ts';
import type { Run } from './runs.ts';

/**
 * Where functions look at the deadline. A place where they do covers every yield point that follows before the next such place: if so many cycles are left that none
 * of them can be the last, there is nothing to look at there. Otherwise the interpreter goes on, which costs little, because it happens once at the end.
 */
export interface Guards {
  /** By position: the cycles that must be left, beyond none, at the start of the block; only loops, the entry, returns of calls and `extra` blocks look at it. */
  readonly needed: readonly number[];
  /** Blocks that look at it besides, because what is before them is too long. */
  readonly extra: ReadonlySet<number>;
  /** Blocks that are too long themselves: the deadline is looked at behind their yield points. */
  readonly late: ReadonlySet<number>;
}

/** Cycles that may be covered at once, and before a deadline are interpreted: few enough that runs to a near deadline are mostly translated code. */
export const longest = 200;

export function guardsOf(blocks: readonly Block[], order: Order, runs: readonly Run[]): Guards {
  const needed: number[] = blocks.map(() => 0);
  const extra = new Set<number>();
  const late = new Set<number>();
  for (let position = blocks.length - 1; position >= 0; position--) {
    const { members, copies } = runs[position]!;
    const run = members.map((member) => blocks[member]!);
    const following = run.flatMap(({ end }) =>
      forward(end).flatMap((to) => {
        const at = order.position.get(to);
        return at !== undefined && at > position && !members.includes(at) && !order.loops[at] && !extra.has(at) ? [at] : [];
      }),
    );
    const own = run.some(({ end, instructions }) => yields(end, instructions.at(-1)?.pc ?? 0));
    const cycles = copies * run.reduce((sum, { instructions }) => sum + instructions.length, 0);
    const further = Math.max(0, ...following.map((at) => needed[at] ?? 0));
    if (further > 0 && cycles + further <= longest) needed[position] = cycles + further;
    else {
      for (const at of following) if ((needed[at] ?? 0) > 0) extra.add(at);
      if (own && cycles > longest) late.add(position);
      else if (own) needed[position] = cycles;
    }
  }
  return { needed, extra, late };
}

/** Where control goes on without looking at the deadline: behind a call it is looked at. */
const forward = (end: End): readonly number[] => {
  if (end.kind === 'branch') return [end.taken, end.next];
  if (end.kind === 'fall' || end.kind === 'jump') return [end.to];
  return end.kind === 'indirect' ? end.targets : [];
};

function yields(end: End, pc: number): boolean {
  if (end.kind === 'branch') return end.taken <= pc;
  if (end.kind === 'jump') return end.indirect || end.to <= pc;
  return end.kind !== 'fall' && end.kind !== 'stop';
}
