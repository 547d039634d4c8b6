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

  const never = Number.POSITIVE_INFINITY;
  for (let cycle = start; ; cycle++) {
    const [store, tile, first] = [stores[next.stores], tiles[next.tiles], d[next.d]];
    const unit = turnOfA() ? 'a' : 'b';
    const second = unit === 'a' ? a[next.a] : b[next.b];
    const storeAt = store !== undefined && tilesAhead(store) ? Math.max(begins('stores'), target.room('store')) : never;
    const tileAt = tile !== undefined && loadsAhead(tile) ? Math.max(begins('tiles'), target.room('execute')) : never;
    const room = target.room('load');
    const firstAt = first === undefined ? never : Math.max(begins('d'), room);
    const secondAt = second === undefined ? never : Math.max(begins(unit), room);
    cycle = Math.max(cycle, Math.min(storeAt, tileAt, firstAt, secondAt));
    if (cycle === never) return;
    if (storeAt <= cycle) {
      target.store(cycle, store!);
      next.stores++;
      times.stores = cycle + 1;
    } else if (tileAt <= cycle) {
      if (preload === undefined) preload = cycle;
      else {
        target.tile(preload, cycle, tile!);
        next.tiles++;
        preload = undefined;
      }
      times.tiles = cycle + 1;
    } else {
      const loads = firstAt <= cycle ? 'd' : unit;
      target.load(cycle, loads === 'd' ? first! : second!);
      next[loads]++;
      times[loads] = cycle + 1;
    }
  }
}
