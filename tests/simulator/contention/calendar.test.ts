import { describe, expect, test } from 'vitest';
import { bankArbiter, unitArbiter } from '../../../src/simulator/contention/arbiter.ts';
import { Calendars, horizon } from '../../../src/simulator/contention/calendar.ts';
import { type Arbitration, arbitrate, type Demand } from './exact.ts';

const cores = 8;
const banks = 16;

/** xorshift32: a number below 16, the same for the same core and position. */
function draws(core: number): (i: number) => number {
  const values: number[] = [];
  let state = (core + 1) * 2654435761 + 1;
  return (i) => {
    while (values.length <= i) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values.push((state >>> 0) % banks);
    }
    return values[i]!;
  };
}

/** Loads from random banks, sixteen in a row, then four cycles for the loop. */
const streams = Array.from({ length: cores }, (_, core) => draws(core));
const random: Demand = (core, i) => ({ bank: streams[core]!(i), compute: i % 16 === 15 ? 4 : 0 });

/** int8 GEMM of 4 rows of weights by 2 columns of activations, all aligned: six loads and eight multiply-accumulates for each four bytes of depth. */
const product: Demand = (_, i) => ({ bank: Math.floor(i / 6) % banks, compute: i % 6 === 5 ? 8 : 0 });

/** The same by calendars: cores in slices of their own time, in rotating order. Returns the cycle in which each core is done. */
function bySlices({ demand, accesses }: Arbitration, slice: number, nextFree = false): number[] {
  const calendars = new Calendars(banks);
  const free = new Array<number>(banks).fill(0);
  const serve = (bank: number, cycle: number): number => {
    if (!nextFree) return calendars.reserve(bank, cycle);
    const start = Math.max(free[bank]!, cycle);
    free[bank] = start + 1;
    return start;
  };
  const states = Array.from({ length: cores }, () => ({ cycle: 0, served: 0 }));
  for (let round = 0; states.some(({ served }) => served < accesses); round++) {
    for (let turn = 0; turn < cores; turn++) {
      const core = (round + turn) % cores;
      const state = states[core]!;
      while (state.served < accesses && state.cycle < (round + 1) * slice) {
        const { bank, compute } = demand(core, state.served++);
        state.cycle = serve(bank, state.cycle) + 1 + compute;
      }
    }
    calendars.forget(Math.min(...states.map(({ cycle }) => cycle)));
  }
  return states.map(({ cycle }) => cycle);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const perAccess = (cycles: readonly number[], { accesses }: Arbitration): number => mean(cycles) / accesses;

describe('reservation calendars beside arbitration cycle by cycle, 8 cores on 16 banks', () => {
  const loads: Arbitration = { cores, banks, demand: random, accesses: 8000 };
  const products: Arbitration = { cores, banks, demand: product, accesses: 6 * 1024 };
  const [exactLoads, exactProducts] = [perAccess(arbitrate(loads), loads), perAccess(arbitrate(products), products)];

  test('exactly, a random load takes 1.461 cycles and one of a matrix product 2.350', () => {
    expect(exactLoads).toBeGreaterThan(1.454);
    expect(exactLoads).toBeLessThan(1.468);
    expect(exactProducts).toBeCloseTo(2.35, 2);
  });

  test.each([16, 32, 64, 128, 256])('slices of %i cycles change it by less than 1 percent', (slice) => {
    const [load, inProduct] = [perAccess(bySlices(loads, slice), loads), perAccess(bySlices(products, slice), products)];
    expect(load).toBeGreaterThan(1.456);
    expect(load).toBeLessThan(1.465);
    expect(Math.abs(inProduct / exactProducts - 1)).toBeLessThan(0.01);
  });

  test('a time stamp for each bank in their place makes a load wait for what others did later', () => {
    expect(perAccess(bySlices(loads, 64, true), loads)).toBeGreaterThan(6);
  });
});

describe('a calendar', () => {
  test('gives the first free cycle, before one that is taken already too', () => {
    const calendars = new Calendars(2);
    expect([40, 40, 41, 3, 40].map((cycle) => calendars.reserve(0, cycle))).toEqual([40, 41, 42, 3, 43]);
    expect(calendars.reserve(1, 40)).toBe(40);
  });

  test('gives as many cycles in a row as are asked for', () => {
    const calendars = new Calendars(1);
    expect(calendars.reserve(0, 10)).toBe(10);
    expect(calendars.reserve(0, 7, 4)).toBe(11);
    expect(calendars.reserve(0, 7, 3)).toBe(7);
    expect(calendars.reserve(0, 7, 1)).toBe(15);
  });

  test('forgets what lies behind, and its room serves later cycles', () => {
    const calendars = new Calendars(1);
    for (let cycle = 0; cycle < horizon; cycle++) calendars.reserve(0, cycle);
    expect(calendars.reserve(0, 100)).toBe(horizon);
    calendars.forget(100);
    expect(calendars.reserve(0, 100)).toBe(horizon);
    expect(calendars.reserve(0, 100)).toBe(horizon + 1);
    calendars.forget(10 * horizon);
    expect(calendars.reserve(0, 10 * horizon)).toBe(10 * horizon);
  });

  test('knows nothing beyond its horizon: everything is free there', () => {
    const calendars = new Calendars(1);
    expect([horizon, horizon, horizon + 5].map((cycle) => calendars.reserve(0, cycle))).toEqual([horizon, horizon, horizon + 5]);
  });
});

describe('arbiters', () => {
  test('words lie in one bank after the other; an access across two of them takes both, one after the other', () => {
    const banks = bankArbiter({ banks: 4, bytes: 4 });
    expect(banks(5, 0x1000_0000, 4, 0)).toBe(5);
    expect(banks(5, 0x1000_0004, 4, 1)).toBe(5);
    expect(banks(5, 0x1000_0010, 1, 2)).toBe(6);
    expect(banks(5, 0x1000_0006, 4, 3)).toBe(7);
    expect(banks(7, 0x1000_0008, 2, 4)).toBe(8);
  });

  test('eight agents share four units, i and i + 4 the same one', () => {
    const units = unitArbiter(4, 14);
    expect([0, 1, 4, 0].map((agent) => units(0, 0, 0, agent))).toEqual([0, 0, 14, 28]);
  });
});
