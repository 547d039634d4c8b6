import type { LoopLoad, LoopStore, LoopTile, UnrolledLoop } from './loop-matmul.ts';
import { accumulates } from './operands.ts';
import type { Queue } from './timeline.ts';

/** What a loop's units give their commands to. */
export interface LoopTarget {
  /** The cycle from which on a queue has room. */
  room(queue: Queue): number;
  load(cycle: number, load: LoopLoad): void;
  /** A preload and its multiplication, in two cycles. */
  tile(preload: number, cycle: number, tile: LoopTile): void;
  store(cycle: number, store: LoopStore): void;
}

/** When each unit is through with the loop that it has. */
export interface UnitTimes {
  a: number;
  b: number;
  d: number;
  tiles: number;
  stores: number;
}

/**
 * Where tiles add to sums, stores of the same bank come to nothing before the last of them: they are given out then.
 * Five units give out a loop's commands side by side, at most one a cycle: stores come first, then tiles, then loads. Tiles follow the loads of their operands,
 * stores the last tile of theirs. Loads of A and B take turns: the one that is behind comes first. `times` are when the units can begin; they are then done.
 */
export function runUnits({ a, b, d, tiles, stores, last }: UnrolledLoop, start: number, times: UnitTimes, target: LoopTarget): void {
  const next = { a: 0, b: 0, d: 0, tiles: 0, stores: 0 };
  let preload: number | undefined;
  const begins = (unit: keyof UnitTimes): number => Math.max(start, times[unit]);

  const loadsAhead = ({ i, j, k }: LoopTile): boolean => {
    const [nextA, nextB] = [a[next.a], b[next.b]];
    const hasA = nextA === undefined || nextA.k > k || (nextA.k === k && nextA.inner > i);
    const hasB = nextB === undefined || nextB.k > k || (nextB.k === k && nextB.inner > j);
    return hasA && hasB && next.d === d.length;
  };
  const tilesAhead = ({ i, lastJ }: LoopStore): boolean => {
    const tile = tiles[next.tiles];
    return tile === undefined || (!accumulates(tile.c.local) && tile.k === last.k && (tile.j > lastJ || (tile.j === lastJ && tile.i > i)));
  };
  /** Whether A comes before B. */
  const turnOfA = (): boolean => {
    const [nextA, nextB] = [a[next.a], b[next.b]];
    if (nextA === undefined || nextB === undefined) return nextB === undefined;
    return nextA.k < nextB.k || (nextA.k === nextB.k && nextA.inner <= nextB.inner);
  };

  /** The unit's next command: the first cycle in which it can go, and what it does then. Undefined where it has to wait for another unit. */
  const store = (): Step | undefined => {
    const command = stores[next.stores];
    if (command === undefined || !tilesAhead(command)) return undefined;
    return [Math.max(begins('stores'), target.room('store')), (cycle) => target.store(cycle, stores[next.stores++]!), 'stores'];
  };
  const tile = (): Step | undefined => {
    const command = tiles[next.tiles];
    if (command === undefined || !loadsAhead(command)) return undefined;
    const go = (cycle: number): void => {
      if (preload === undefined) preload = cycle;
      else {
        target.tile(preload, cycle, command);
        next.tiles++;
        preload = undefined;
      }
    };
    return [Math.max(begins('tiles'), target.room('execute')), go, 'tiles'];
  };
  const load = (unit: 'a' | 'b' | 'd', list: readonly LoopLoad[]): Step | undefined => {
    const command = list[next[unit]];
    if (command === undefined) return undefined;
    return [Math.max(begins(unit), target.room('load')), (cycle) => target.load(cycle, list[next[unit]++]!), unit];
  };

  for (let cycle = start; ; ) {
    const steps = [store(), tile(), load('d', d), turnOfA() ? load('a', a) : load('b', b)].filter((step) => step !== undefined);
    if (steps.length === 0) return;
    const [at, go, unit] =
      steps.find(([earliest]) => earliest <= cycle) ?? steps.reduce((first, step) => (step[0] < first[0] ? step : first));
    cycle = Math.max(cycle, at);
    go(cycle);
    cycle++;
    times[unit] = cycle;
  }
}
type Step = readonly [earliest: number, go: (cycle: number) => void, unit: keyof UnitTimes];
