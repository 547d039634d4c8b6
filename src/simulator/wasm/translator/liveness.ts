import type { Order } from './dominators.ts';
import { readsOf, writesOf } from './facts.ts';
import type { Block } from './flow.ts';
import { equal, none, type RegisterSet, union, without } from './register-set.ts';

/** For each block, by its position in the order, the registers at its start. */
export interface Liveness {
  /** Written since they were last in step with the core's area, on some path. */
  readonly dirty: readonly RegisterSet[];
  /** Needed in their locals: read before they are written, or dirty. */
  readonly live: readonly RegisterSet[];
}

export interface RegisterUse {
  readonly xlen: 32 | 64;
  readonly floatsInX: boolean;
}

const isCall = ({ end }: Block): boolean => end.kind === 'call' || end.kind === 'indirect call';
/** x0 has no local. */
const zero: RegisterSet = [1, 0];

/**
 * Which registers functions keep in locals. At a call everything that is dirty goes into the core's area, where the callee finds it; what is needed
 * afterwards is read from there again, because the callee may have changed anything.
 */
export function livenessOf(blocks: readonly Block[], { predecessors }: Order, { xlen, floatsInX }: RegisterUse): Liveness {
  const written = blocks.map(({ instructions }) => instructions.map((each) => writesOf(each, xlen, floatsInX)).reduce(union, none));
  const read = blocks.map(({ instructions }) => {
    let [before, exposed]: [RegisterSet, RegisterSet] = [none, none];
    for (const each of instructions) {
      exposed = union(exposed, without(readsOf(each, xlen, floatsInX), before));
      before = union(before, writesOf(each, xlen, floatsInX));
    }
    return without(exposed, zero);
  });
  const dirty: RegisterSet[] = blocks.map(() => none);
  settle(() =>
    replaceAll(dirty, (index) =>
      (predecessors[index] ?? [])
        .map((from) => (isCall(blocks[from]!) ? none : union(dirty[from] ?? none, written[from] ?? none)))
        .reduce(union, none),
    ),
  );
  const following: number[][] = blocks.map(() => []);
  for (const [index, sources] of predecessors.entries()) for (const from of sources) following[from]?.push(index);
  const live: RegisterSet[] = blocks.map(() => none);
  settle(() =>
    replaceAll(live, (index) => {
      const after = isCall(blocks[index]!) ? none : (following[index] ?? []).map((to) => live[to] ?? none).reduce(union, none);
      return union(union(read[index] ?? none, dirty[index] ?? none), without(after, written[index] ?? none));
    }),
  );
  return { dirty, live };
}

function settle(step: () => boolean): void {
  while (step());
}

/** Whether one of the sets changed. The sets grow, so the order in which they are replaced does not matter. */
function replaceAll(sets: RegisterSet[], next: (index: number) => RegisterSet): boolean {
  let changed = false;
  for (const [index, old] of sets.entries()) {
    const found = next(index);
    if (equal(old, found)) continue;
    sets[index] = found;
    changed = true;
  }
  return changed;
}
