/** Nodes and where control goes from each. */
export type Graph = ReadonlyMap<number, readonly number[]>;

/** A copy of a node has its number, and a multiple of this. */
const apart = 2 ** 33;
/** The node that a copy, or a node itself, stands for. */
export const originalOf = (node: number): number => node % apart;

/** Nodes beyond which nothing is tried. */
const most = 1000;

/** Nodes of which each leads to all others, entered at several. */
interface Tangle {
  readonly members: ReadonlySet<number>;
  readonly entries: readonly number[];
}

/**
 * A graph that does the same, in which every loop is entered at one node: nodes on other ways into a loop are copied, up to its header (node splitting). The header
 * is chosen so that the copies weigh least. Undefined where they would weigh more than everything else.
 */
export function untangled(entry: number, graph: Graph, weight: (node: number) => number): Graph | undefined {
  const made = new Map(graph);
  let room = [...graph.keys()].reduce((sum, node) => sum + weight(node), 0);
  for (let round = 1; made.size <= most; round++) {
    const reached = reachable([entry], made);
    const tangle = tangleIn(reached, reached, entry, made);
    if (tangle === undefined) return made;
    const copied = leastCopies(tangle, entry, made, weight);
    room -= copied.reduce((sum, node) => sum + weight(node), 0);
    if (room < 0) return undefined;
    const copies = new Map(copied.map((node) => [node, originalOf(node) + round * apart]));
    const toCopies = (nodes: readonly number[] = []): readonly number[] => nodes.map((node) => copies.get(node) ?? node);
    for (const [node, copy] of copies) made.set(copy, toCopies(made.get(node)));
    for (const node of reached) if (!tangle.members.has(node)) made.set(node, toCopies(made.get(node)));
  }
  return undefined;
}

/** What must be copied for the header with which that is least: all on the ways from the entries to it. The graph's own entry is a header where it is in a loop. */
function leastCopies({ members, entries }: Tangle, entry: number, graph: Graph, weight: (node: number) => number): readonly number[] {
  const copiesFor = (header: number): readonly number[] => [
    ...reachable(
      entries.filter((node) => node !== header),
      graph,
      (node) => members.has(node) && node !== header,
    ),
  ];
  const total = (nodes: readonly number[]): number => nodes.reduce((sum, node) => sum + weight(node), 0);
  const choices = (members.has(entry) ? [entry] : [...members]).map(copiesFor);
  return choices.reduce((best, choice) => (total(choice) < total(best) ? choice : best));
}

function reachable(from: readonly number[], graph: Graph, among: (node: number) => boolean = () => true): Set<number> {
  const found = new Set(from);
  for (const node of found) for (const next of graph.get(node) ?? []) if (among(next)) found.add(next);
  return found;
}

/** The outermost tangle among some of the nodes that are reached; loops with one entry are looked into without it. */
function tangleIn(nodes: ReadonlySet<number>, reached: ReadonlySet<number>, entry: number, graph: Graph): Tangle | undefined {
  for (const members of components(nodes, graph)) {
    const isEntered = new Set<number>();
    for (const from of reached) if (!members.has(from)) for (const to of graph.get(from) ?? []) isEntered.add(to);
    const entries = [...members].filter((node) => node === entry || isEntered.has(node));
    if (entries.length > 1) return { members, entries };
    const inside = tangleIn(new Set([...members].filter((node) => node !== entries[0])), reached, entry, graph);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** The sets of at least two nodes of which each leads to all others (Tarjan: Depth-first search and linear graph algorithms, 1972). */
function components(nodes: ReadonlySet<number>, graph: Graph): readonly ReadonlySet<number>[] {
  const found: ReadonlySet<number>[] = [];
  const number = new Map<number, number>();
  const open: number[] = [];
  const isOpen = new Set<number>();
  const visit = (node: number): number => {
    const own = number.size;
    let lowest = own;
    number.set(node, own);
    open.push(node);
    isOpen.add(node);
    for (const next of graph.get(node) ?? []) {
      if (!nodes.has(next)) continue;
      const known = number.get(next);
      if (known === undefined) lowest = Math.min(lowest, visit(next));
      else if (isOpen.has(next)) lowest = Math.min(lowest, known);
    }
    if (lowest === own) {
      const members = open.splice(open.indexOf(node));
      for (const member of members) isOpen.delete(member);
      if (members.length > 1) found.push(new Set(members));
    }
    return lowest;
  };
  for (const node of nodes) if (!number.has(node)) visit(node);
  return found;
}
