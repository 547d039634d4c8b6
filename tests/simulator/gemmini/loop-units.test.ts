import { describe, expect, it } from 'vitest';
import { gemmini } from '../../../src/hardware/gemmini.ts';
import {
  initialLoop,
  type LoopMatmul,
  type LoopStore,
  type LoopTile,
  shapeOf,
  type UnrolledLoop,
  unrollLoop,
} from '../../../src/simulator/devices/gemmini/loop-matmul.ts';
import { type LoopTarget, planUnits, runUnits, type UnitTimes } from '../../../src/simulator/devices/gemmini/loop-units.ts';
import { accumulates } from '../../../src/simulator/devices/gemmini/operands.ts';
import { random } from './harness.ts';

/** What `runUnits` does with a plan, decided command by command from what each of the units is going to give out next. */
function runPlainly({ a, b, d, tiles, stores, last }: UnrolledLoop, start: number, times: UnitTimes, target: LoopTarget): void {
  const { load, execute, store } = target.queues;
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
    if (tiles.length === 0) return next.a === a.length && next.b === b.length && next.d === d.length;
    return tile === undefined || (!accumulates(tile.c.local) && tile.k === last.k && (tile.j > lastJ || (tile.j === lastJ && tile.i > i)));
  };
  const turnOfA = (): boolean => {
    const [nextA, nextB] = [a[next.a], b[next.b]];
    if (nextA === undefined || nextB === undefined) return nextB === undefined;
    return nextA.k < nextB.k || (nextA.k === nextB.k && nextA.inner <= nextB.inner);
  };
  const never = Number.POSITIVE_INFINITY;
  for (let cycle = start; ; cycle++) {
    const [stored, tile, first] = [stores[next.stores], tiles[next.tiles], d[next.d]];
    const unit = turnOfA() ? 'a' : 'b';
    const second = unit === 'a' ? a[next.a] : b[next.b];
    const storeAt = stored !== undefined && tilesAhead(stored) ? Math.max(begins('stores'), store.free) : never;
    const tileAt = tile !== undefined && loadsAhead(tile) ? Math.max(begins('tiles'), execute.free) : never;
    const firstAt = first === undefined ? never : Math.max(begins('d'), load.free);
    const secondAt = second === undefined ? never : Math.max(begins(unit), load.free);
    cycle = Math.max(cycle, Math.min(storeAt, tileAt, firstAt, secondAt));
    if (cycle === never) return;
    if (storeAt <= cycle) {
      target.store(cycle, stored!);
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

/** Notes what it is given; its queues get room as random numbers say. */
function noting(seed: number): { readonly target: LoopTarget; readonly notes: unknown[] } {
  const next = random(seed);
  const notes: unknown[] = [];
  const queues = { load: { free: 0 }, execute: { free: 0 }, store: { free: 0 } };
  const fill = (queue: { free: number }, cycle: number): void => {
    queue.free = Math.max(queue.free, next() < 0.6 ? 0 : cycle + Math.floor(40 * next()) / 2);
  };
  const target: LoopTarget = {
    queues,
    load: (cycle, load) => {
      notes.push([cycle, load]);
      fill(queues.load, cycle);
    },
    tile: (preload, cycle, tile) => {
      notes.push([preload, cycle, tile]);
      fill(queues.execute, cycle);
    },
    store: (cycle, store) => {
      notes.push([cycle, store]);
      fill(queues.store, cycle);
    },
  };
  return { target, notes };
}

const loopOf = (next: () => number): LoopMatmul => {
  const below = (count: number): number => Math.floor(next() * count);
  const there = (address: number): number => (next() < 0.8 ? address : 0);
  const three = (most: number, least: number) => ({ i: least + below(most), j: least + below(most), k: least + below(most) });
  return {
    ...initialLoop,
    bounds: three(6, 1),
    pads: three(16, 0),
    ...{ a: there(0x8000_1000), b: there(0x8000_2000), c: there(0x8000_3000), d: there(0x8000_4000) },
    ...{ strideA: 64 * below(9), strideB: 100, strideC: 64, strideD: below(3) },
    ...{ accumulate: next() < 0.3, fullC: next() < 0.3, lowD: next() < 0.3, transposeA: next() < 0.3, transposeB: next() < 0.3 },
    sum: next() < 0.1,
  };
};

describe('the units of a loop', () => {
  it('give out its commands as if each looked at what the others are going to give out next', () => {
    const next = random(3);
    for (let time = 0; time < 200; time++) {
      const loop = unrollLoop(loopOf(next), gemmini);
      const times = { a: 100 * next(), b: 0, d: 0, tiles: 300 * next(), stores: 0 };
      const [plain, planned] = [noting(time), noting(time)];
      const [timesOfPlain, timesOfPlanned] = [{ ...times }, { ...times }];
      runPlainly(loop, 10, timesOfPlain, plain.target);
      runUnits(planUnits(loop), 10, timesOfPlanned, planned.target);
      expect(planned.notes).toEqual(plain.notes);
      expect(timesOfPlanned).toEqual(timesOfPlain);
      expect(plain.notes).toHaveLength(loop.a.length + loop.b.length + loop.d.length + loop.tiles.length + loop.stores.length);
    }
  });

  it('have the same commands in loops of the same shape', () => {
    const next = random(4);
    const known = new Map<string, UnrolledLoop>();
    for (let time = 0; time < 500; time++) {
      const loop = { ...loopOf(next), bounds: { i: 1 + Math.floor(2 * next()), j: 1, k: 2 }, pads: { i: 0, j: 5, k: 0 } };
      const moved = { ...loop, a: loop.a && loop.a + 4096, c: loop.c && loop.c + 64, halfA: 1 };
      expect(shapeOf(moved)).toBe(shapeOf(loop));
      const unrolled = unrollLoop(loop, gemmini);
      expect(unrollLoop(moved, gemmini)).toEqual(unrolled);
      expect(unrolled).toEqual(known.get(shapeOf(loop)) ?? unrolled);
      known.set(shapeOf(loop), unrolled);
    }
    expect(known.size).toBeGreaterThan(100);
  });
});
