/** The blocks of a graph that can be reached, in reverse postorder: before each block all that come before it on paths without loops. */
export interface Order {
  /** Node of each position; the entry is at 0. */
  readonly nodes: readonly number[];
  readonly position: ReadonlyMap<number, number>;
  /** Positions. */
  readonly predecessors: readonly (readonly number[])[];
  /** Whether a loop starts at each position. */
  readonly loops: readonly boolean[];
  /** The immediate dominator of each position; the entry's is itself. */
  readonly dominator: readonly number[];
  /** Every loop is entered at one block. */
  readonly reducible: boolean;
}

/** Reverse postorder and dominators (Cooper, Harvey, Kennedy: A simple, fast dominance algorithm, 2001). */
export function orderOf(entry: number, successors: (node: number) => readonly number[]): Order {
  const nodes = postorder(entry, successors).reverse();
  const position = new Map(nodes.map((node, index) => [node, index]));
  const predecessors: number[][] = nodes.map(() => []);
  for (const [index, node] of nodes.entries())
    for (const successor of successors(node)) {
      const sources = predecessors[position.get(successor) ?? 0]!;
      if (sources.at(-1) !== index) sources.push(index);
    }
  const dominator = dominatorsOf(predecessors);
  const retreats = predecessors.flatMap((from, to) => from.filter((index) => index >= to).map((index) => [index, to] as const));
  const reducible = retreats.every(([from, to]) => dominates(dominator, to, from));
  const loops = predecessors.map((from, to) => from.some((index) => index >= to));
  return { nodes, position, predecessors, loops, dominator, reducible };
}

function postorder(entry: number, successors: (node: number) => readonly number[]): number[] {
  const done: number[] = [];
  const seen = new Set([entry]);
  const stack = [{ node: entry, rest: [...successors(entry)] }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.rest.pop();
    if (next === undefined) {
      done.push(top.node);
      stack.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      stack.push({ node: next, rest: [...successors(next)] });
    }
  }
  return done;
}

function dominatorsOf(predecessors: readonly (readonly number[])[]): number[] {
  const dominator = predecessors.map((_, index): number => (index === 0 ? 0 : -1));
  const common = (a: number, b: number): number => {
    let [x, y] = [a, b];
    while (x !== y) {
      if (x > y) x = dominator[x] ?? 0;
      else y = dominator[y] ?? 0;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = 1; index < predecessors.length; index++) {
      let found = -1;
      for (const from of predecessors[index]!) if (dominator[from] !== -1) found = found === -1 ? from : common(found, from);
      if (dominator[index] === found) continue;
      dominator[index] = found;
      changed = true;
    }
  }
  return dominator;
}

/** Whether every path from the entry to `node` leads through `above`. */
export function dominates(dominator: readonly number[], above: number, node: number): boolean {
  let at = node;
  while (at > above) at = dominator[at] ?? 0;
  return at === above;
}
