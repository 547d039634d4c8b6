import { afterEach, describe, expect, it, vi } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import { Gemmini } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { functs } from '../../../src/simulator/devices/gemmini/operands.ts';
import { PlainTimeline } from '../../../src/simulator/devices/gemmini/timeline.ts';
import { base, Driver, makeContext, type Place, random, randomBytes, sums } from './harness.ts';
import { InTime } from './in-time.ts';

const declaration: GemminiDeclaration = {
  ...gemmini,
  dim: 8,
  scratchpad: { banks: 4, rows: 64 },
  accumulator: { banks: 2, rows: 32 },
  timing: { ...gemmini.timing, busBytes: 8 },
};
const size = 1 << 13;

/** Tells a model of every command that reaches a timeline, and when its bytes move. */
function listen(model: () => InTime): void {
  const { load, store, multiply } = PlainTimeline.prototype;
  let written = 0;
  vi.spyOn(PlainTimeline.prototype, 'load').mockImplementation(function (this: PlainTimeline, cycle, command) {
    load.call(this, cycle, command);
    model().add({ kind: 'load', command: structuredClone(command), time: this.moved });
  });
  vi.spyOn(PlainTimeline.prototype, 'store').mockImplementation(function (this: PlainTimeline, cycle, command) {
    store.call(this, cycle, command);
    written = Math.max(written, this.moved);
    model().add({ kind: 'store', command: structuredClone(command), time: written });
  });
  vi.spyOn(PlainTimeline.prototype, 'multiply').mockImplementation(function (this: PlainTimeline, preload, cycle, command) {
    multiply.call(this, preload, cycle, command);
    model().add({ kind: 'multiply', command: structuredClone(command) });
  });
}

interface Met {
  readonly accesses: number;
  readonly transfers: number;
}

/** Random commands on few rows and bytes, between which the core loads and stores: it sees what the model has. What met without a fence between. */
function compare(seed: number, fences: number): Met {
  const next = random(seed);
  const below = (count: number): number => Math.floor(next() * count);
  let transfers = 0;
  let accesses = 0;
  const { memory, context } = makeContext(size, () => {
    transfers++;
  });
  memory.set(new Uint8Array(randomBytes(size, next).buffer));
  const model = new InTime(declaration, memory);
  listen(() => model);
  const gemmini = new Gemmini(context, { declaration });
  const driver = new Driver(gemmini);
  const some = (): number => (next() < 0.7 ? 8 : 1 + below(8));
  const address = (): number => 64 + (next() < 0.5 ? 32 * below(24) : below(800));
  const inScratchpad = (): number => 8 * below(6) + (next() < 0.2 ? below(8) : 0);
  const inAccumulator = (): number => sums(8 * below(3), { accumulate: next() < 0.4, full: next() < 0.5 });
  const place = (local: number, cols = some()): Place => ({ local, rows: some(), cols });
  const meet = (at: number, bytes: number, access: 'load' | 'store'): void => {
    if (context.inFlight.meeting(base + at, bytes, access)) {
      accesses++;
      gemmini.settle(driver.cycle);
    }
    model.advance(driver.cycle);
  };
  const ways: readonly (() => void)[] = [
    () => driver.configureLoad(0, [0, 5, 8, 32, 40][below(5)]!, { blockStride: 8, shrunk: next() < 0.2 }),
    () => driver.configureStore([8, 16, 32, 70][below(4)]!, { scale: 0.03, relu: next() < 0.3 }),
    () => {
      const [stride, window, pooled] = [1, 2, 1 + below(2)];
      const low = (stride << 4) | (window << 6) | (4 << 24);
      driver.configureStore(16, { scale: 0.03, pool: [low | 0, pooled | (pooled << 8) | (3 << 16) | (3 << 24)] });
    },
    () => driver.configureExecute({ weightStationary: next() < 0.7, shift: below(8) }),
    () => {
      for (let tile = below(3); tile >= 0; tile--) {
        driver.preload(place(next() < 0.2 ? -1 : inScratchpad()), { ...place(next() < 0.7 ? inAccumulator() : inScratchpad()), rows: 8 });
        driver.compute(next() < 0.8, { local: inScratchpad(), rows: 8, cols: 8 }, place(next() < 0.5 ? -1 : inScratchpad()));
      }
    },
    () => {
      driver.give(functs.loopMatmulBounds, [0, 0], [2 | (1 << 16), 2]);
      driver.give(functs.loopMatmulAddressesAB, [base + address(), 0], [base + address(), 0]);
      driver.give(functs.loopMatmulAddressesDC, [0, 0], [base + address(), 0]);
      driver.give(functs.loopMatmulStridesAB, [16, 0], [8, 0]);
      driver.give(functs.loopMatmulStridesDC, [0, 0], [8, 0]);
      if (next() < 0.3) driver.give(functs.loopMatmul, [0, 0], [0, 0]);
    },
    () => {
      driver.cycle += below(200);
    },
    () => {
      driver.cycle += below(20);
      const at = address();
      meet(at, 4, 'load');
      expect(memory.slice(at, at + 4), `seed ${seed}, cycle ${driver.cycle}`).toEqual(model.memory.slice(at, at + 4));
    },
    () => {
      driver.cycle += below(20);
      const at = address();
      const value = new Uint8Array(randomBytes(8, next).buffer);
      meet(at, 8, 'store');
      memory.set(value, at);
      model.memory.set(value, at);
    },
  ];
  const load = (): void =>
    driver.load(0, next() < 0.1 ? undefined : address(), place(next() < 0.6 ? inScratchpad() : inAccumulator(), 1 + below(8)));
  const store = (): void => driver.store(address(), place(next() < 0.3 ? inScratchpad() : inAccumulator(), next() < 0.8 ? some() : 12));
  driver.configureStore(16, { scale: 0.03 });
  driver.configureLoad(0, 16, { blockStride: 8 });
  driver.configureExecute();
  for (let time = 0; time < 120; time++) {
    if (next() < 0.25) load();
    else if (next() < 0.2) store();
    else ways[below(ways.length)]!();
    if (next() < fences) {
      driver.fence();
      model.advance(driver.cycle);
    }
  }
  driver.fence();
  model.advance(driver.cycle);
  expect(memory, `seed ${seed}`).toEqual(model.memory);
  vi.restoreAllMocks();
  return { accesses, transfers };
}

describe('what commands do to the main memory', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([0.3, 0.05, 0])('happens in the order of time, as the core sees it (a fence behind %d of the commands)', (fences) => {
    let met = 0;
    for (let seed = 1; seed <= 80; seed++) {
      const { accesses, transfers } = compare(seed, fences);
      met += Math.min(accesses, transfers);
    }
    expect(met).toBeGreaterThan(10);
  });
});
