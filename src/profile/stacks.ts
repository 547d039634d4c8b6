/** What one function cost, in cycles. */
export interface FunctionCost {
  readonly name: string;
  /** In its own code. */
  readonly self: number;
  /** In its own code and in what it called. */
  readonly total: number;
}

/** Where a program spent its cycles: samples of its call stack, each with the cycles since the one before. */
export class StackProfile {
  readonly #stacks = new Map<string, number>();
  cycles = 0;

  /** A call stack by function names, the outermost first. */
  add(stack: readonly string[], cycles: number): void {
    const key = stack.map((name) => name.replaceAll(';', ':')).join(';');
    this.#stacks.set(key, (this.#stacks.get(key) ?? 0) + cycles);
    this.cycles += cycles;
  }

  /** The functions, the most expensive in its own code first. A function that calls itself is counted once in its total. */
  functions(): FunctionCost[] {
    const costs = new Map<string, { self: number; total: number }>();
    const costOf = (name: string): { self: number; total: number } => {
      const cost = costs.get(name) ?? { self: 0, total: 0 };
      costs.set(name, cost);
      return cost;
    };
    for (const [key, cycles] of this.#stacks) {
      const stack = key.split(';');
      costOf(stack.at(-1)!).self += cycles;
      for (const name of new Set(stack)) costOf(name).total += cycles;
    }
    return Array.from(costs, ([name, cost]) => ({ name, ...cost })).sort((a, b) => b.self - a.self || b.total - a.total);
  }

  /** A line `main;inner cycles` for each stack: what flame graph tools read. Sorted, so that the same run gives the same bytes. */
  folded(): string {
    return Array.from(this.#stacks, ([key, cycles]) => `${key} ${cycles}\n`)
      .sort()
      .join('');
  }
}
