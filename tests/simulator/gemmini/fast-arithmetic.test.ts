import { describe, expect, it } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import { PlainArithmetic } from '../../../src/simulator/devices/gemmini/arithmetic.ts';
import { Gemmini, type GemminiOptions } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { scales } from '../../../src/simulator/devices/gemmini/rounding.ts';
import { Driver, makeContext, type Place, random, randomBytes, sums } from './harness.ts';

const plain: NonNullable<GemminiOptions['arithmetic']> = (declaration, { memory }, rounding) => {
  const { dim, scratchpad, accumulator } = declaration;
  const local = {
    scratchpad: new Int8Array(scratchpad.banks * scratchpad.rows * dim),
    accumulator: new Int32Array(accumulator.banks * accumulator.rows * dim),
    array: new Int32Array(dim * dim),
  };
  return new PlainArithmetic(declaration, local, memory.bytes, scales[rounding]);
};

const scaleOf = (next: () => number): number =>
  [1, 0.5, 0.0021, 1.75, -0.3, 1e-3, 3e38, Number.NaN, Number.POSITIVE_INFINITY, 0, 1e-42][Math.floor(next() * 11)]!;

/** Random commands over few rows of each memory, so that they meet, with extreme values. */
function runRandomly(seed: number, options: GemminiOptions): { readonly memory: Uint8Array; readonly cycle: number } {
  const { dim } = options.declaration!;
  const next = random(seed);
  const below = (count: number): number => Math.floor(next() * count);
  const { memory, context } = makeContext(1 << 17);
  memory.set(new Uint8Array(randomBytes(1 << 16, next).buffer));
  const driver = new Driver(new Gemmini(context, options));
  const size = (): number => (next() < 0.5 ? dim : 1 + below(dim));
  const inScratchpad = (): number => (next() < 0.05 ? 16384 - below(8) : below(8) * 4 * dim);
  const inAccumulator = (): number => sums(below(4) * dim, { accumulate: next() < 0.5, full: next() < 0.3 });
  const place = (local: number, cols = size()): Place => ({ local, rows: size(), cols });
  for (let i = 0; i < 120; i++) {
    const kind = below(10);
    if (kind === 0)
      driver.configureLoad(below(3), below(100), {
        scale: next() < 0.6 ? 1 : scaleOf(next),
        shrunk: next() < 0.3,
        blockStride: dim,
        pixels: 1,
      });
    else if (kind === 1) driver.configureStore(below(200), { scale: scaleOf(next), relu: next() < 0.4 });
    else if (kind === 2)
      driver.configureExecute({
        weightStationary: next() < 0.7,
        a: next() < 0.2,
        b: next() < 0.2,
        strideA: 1 + below(3),
        shift: below(12),
        relu: next() < 0.3,
      });
    else if (kind < 5) {
      const wide = next() < 0.4;
      driver.load(
        below(3) as 0 | 1 | 2,
        next() < 0.1 ? undefined : below(60000),
        wide ? place(inAccumulator()) : place(inScratchpad(), 1 + below(2 * dim)),
      );
    } else if (kind < 7) driver.store(0x1_0000 + below(40000), place(next() < 0.7 ? inAccumulator() : inScratchpad(), 1 + below(2 * dim)));
    else {
      const c = next() < 0.8 ? place(inAccumulator()) : place(next() < 0.5 ? -1 : inScratchpad());
      driver.preload(place(next() < 0.2 ? -1 : inScratchpad()), c);
      driver.compute(next() < 0.6, place(inScratchpad()), place(next() < 0.8 ? -1 : inScratchpad()));
    }
  }
  driver.configureStore(4 * dim);
  driver.store(0x1_0000, { local: sums(0, { full: true }), rows: dim, cols: dim });
  driver.fence();
  return { memory, cycle: driver.cycle };
}

const sizes: readonly GemminiDeclaration[] = [gemmini, { ...gemmini, dim: 8, maxBytes: 64 }, { ...gemmini, dim: 32, maxBytes: 128 }];

describe.each(sizes)('an array of $dim by $dim', (declaration) => {
  it.each(['rtl', 'libgemmini'] as const)('computes in WebAssembly what it computes element by element, rounded as %s', (rounding) => {
    for (let seed = 1; seed <= (rounding === 'rtl' ? 8 : 3); seed++) {
      const slow = runRandomly(seed, { declaration, rounding, arithmetic: plain });
      const fast = runRandomly(seed, { declaration, rounding });
      expect(fast.cycle).toBe(slow.cycle);
      expect(Buffer.compare(fast.memory, slow.memory), `seed ${seed}`).toBe(0);
    }
  });
});
