/** What a core asks for: the bank of its next access, and the cycles that it computes between that access and the one behind it. */
export interface Request {
  readonly bank: number;
  readonly compute: number;
}
/** The i-th request of a core. */
export type Demand = (core: number, i: number) => Request;

export interface Arbitration {
  readonly cores: number;
  readonly banks: number;
  readonly demand: Demand;
  /** Accesses of each core. */
  readonly accesses: number;
}

interface CoreState {
  served: number;
  /** The next request is made in this cycle. */
  ready: number;
  waiting: Request | undefined;
  since: number;
}

/**
 * Exact arbitration, cycle by cycle: each bank serves in each cycle the request that waits longest, among those of one cycle the one whose core is next in
 * turn. Returns the cycle in which each core is done.
 */
export function arbitrate({ cores, banks, demand, accesses }: Arbitration): number[] {
  const states = Array.from({ length: cores }, (): CoreState => ({ served: 0, ready: 0, waiting: undefined, since: 0 }));
  for (let cycle = 0; states.some(({ served }) => served < accesses); cycle++) {
    states.forEach((state, core) => {
      if (state.served === accesses || state.waiting !== undefined || state.ready > cycle) return;
      state.waiting = demand(core, state.served);
      state.since = cycle;
    });
    for (let bank = 0; bank < banks; bank++) {
      const turn = (core: number): number => (core + (cores - 1) * cycle) % cores;
      const [next] = states
        .map((state, core) => ({ state, core }))
        .filter(({ state }) => state.waiting?.bank === bank)
        .sort((a, b) => a.state.since - b.state.since || turn(a.core) - turn(b.core));
      if (next === undefined) continue;
      next.state.ready = cycle + 1 + next.state.waiting!.compute;
      next.state.waiting = undefined;
      next.state.served++;
    }
  }
  return states.map(({ ready }) => ready);
}
