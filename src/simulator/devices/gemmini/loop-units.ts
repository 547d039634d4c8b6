import type { LoopLoad, LoopStore, LoopTile, UnrolledLoop } from './loop-matmul.ts';
import { accumulates } from './operands.ts';

/** A command, and how many of another unit have to be given out before it. */
interface Behind<C> {
  readonly command: C;
  readonly behind: number;
}

/** The commands of a loop in the order of the units that give them out. */
export interface LoopPlan {
  readonly d: readonly LoopLoad[];
  /** Loads of A and B: they take turns, and the one that is behind comes first. */
  readonly operands: readonly LoopLoad[];
  /** Each follows the loads of its operands, and all of D. */
  readonly tiles: readonly Behind<LoopTile>[];
  /**
   * Each follows the last tile of its own, where tiles add to sums the last of all, since stores of the same bank come to nothing before; all loads, where
   * there are no tiles.
   */
  readonly stores: readonly Behind<LoopStore>[];
}

export function planUnits({ a, b, d, tiles, stores, last }: UnrolledLoop): LoopPlan {
  const operands = inTurns(a, b);
  const behindA = behindLoads(operands, 'a');
  const behindB = behindLoads(operands, 'b');
  const isBehind = ({ i, lastJ }: LoopStore, next: LoopTile): boolean =>
    !accumulates(next.c.local) && next.k === last.k && (next.j > lastJ || (next.j === lastJ && next.i > i));
  return {
    d,
    operands,
    tiles: tiles.map((command) => ({ command, behind: Math.max(behindA(command.k, command.i), behindB(command.k, command.j)) })),
    stores: stores.map((command) => {
      const next = tiles.findIndex((tile) => isBehind(command, tile));
      return { command, behind: next < 0 ? tiles.length : next };
    }),
  };
}

/** How many loads come up to the last one of a matrix that tiles in a step `k` need, at an index of their own: looked for once. */
function behindLoads(loads: readonly LoopLoad[], matrix: LoopLoad['matrix']): (k: number, inner: number) => number {
  const found = new Map<number, number>();
  return (k, inner) => {
    const key = k * 2 ** 16 + inner;
    let behind = found.get(key);
    if (behind === undefined) {
      behind = loads.findLastIndex((load) => load.matrix === matrix && (load.k < k || (load.k === k && load.inner <= inner))) + 1;
      found.set(key, behind);
    }
    return behind;
  };
}

function inTurns(a: readonly LoopLoad[], b: readonly LoopLoad[]): readonly LoopLoad[] {
  const all: LoopLoad[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const [nextA, nextB] = [a[i], b[j]];
    const isBehind = nextA && nextB && (nextA.k < nextB.k || (nextA.k === nextB.k && nextA.inner <= nextB.inner));
    if (nextA && (isBehind || !nextB)) {
      all.push(nextA);
      i++;
    } else {
      all.push(nextB!);
      j++;
    }
  }
  return all;
}

/** The cycle from which on a queue has room. */
interface Queue {
  readonly free: number;
}

/** What a loop's units give their commands to. */
export interface LoopTarget {
  readonly queues: { readonly load: Queue; readonly execute: Queue; readonly store: Queue };
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

const never = Number.POSITIVE_INFINITY;

/**
 * Five units give out a loop's commands side by side, at most one a cycle: stores come first, then tiles, then loads of D, then those of A and B.
 * `times` are when the units can begin; they are then done.
 */
export function runUnits({ d, operands, tiles, stores }: LoopPlan, start: number, times: UnitTimes, target: LoopTarget): void {
  const { load, execute, store } = target.queues;
  let [nextOfD, nextOperand, nextTile, nextStore] = [0, 0, 0, 0];
  let preload = never;
  for (let cycle = start; ; cycle++) {
    const stored = stores[nextStore];
    const tile = tiles[nextTile];
    const ofD = d[nextOfD];
    const operand = operands[nextOperand];
    const isReady = stored !== undefined && nextTile >= stored.behind && (tiles.length > 0 || (ofD === undefined && operand === undefined));
    const storeAt = isReady ? Math.max(start, times.stores, store.free) : never;
    const tileAt =
      tile !== undefined && ofD === undefined && nextOperand >= tile.behind ? Math.max(start, times.tiles, execute.free) : never;
    const atOfD = ofD === undefined ? never : Math.max(start, times.d, load.free);
    const operandAt = operand === undefined ? never : Math.max(start, times[operand.matrix], load.free);
    cycle = Math.max(cycle, Math.min(storeAt, tileAt, atOfD, operandAt));
    if (cycle === never) return;
    if (storeAt <= cycle) {
      target.store(cycle, stored!.command);
      nextStore++;
      times.stores = cycle + 1;
    } else if (tileAt <= cycle) {
      if (preload === never) preload = cycle;
      else {
        target.tile(preload, cycle, tile!.command);
        nextTile++;
        preload = never;
      }
      times.tiles = cycle + 1;
    } else if (atOfD <= cycle) {
      target.load(cycle, ofD!);
      nextOfD++;
      times.d = cycle + 1;
    } else {
      target.load(cycle, operand!);
      nextOperand++;
      times[operand!.matrix] = cycle + 1;
    }
  }
}
