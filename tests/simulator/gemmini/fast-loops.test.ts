import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import { FastLoops } from '../../../src/simulator/devices/gemmini/fast-loops.ts';
import { Gemmini, type GemminiOptions } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { functs } from '../../../src/simulator/devices/gemmini/operands.ts';
import { base, Driver, makeContext, random, randomBytes, sums } from './harness.ts';
import { builtTimeline } from './native.ts';

const size = 1 << 18;
const declarations: readonly GemminiDeclaration[] = [
  gemmini,
  { ...gemmini, dim: 8, maxBytes: 64, scratchpad: { banks: 4, rows: 256 }, accumulator: { banks: 2, rows: 64 } },
  { ...gemmini, dim: 32, maxBytes: 128, generation: '2023-10' },
];

/** Which operand is transposed. */
const ways = ['none', 'a', 'b'] as const;

interface Seen {
  readonly cycles: readonly number[];
  /** The main memory, whenever it was looked at. */
  readonly memories: readonly Uint8Array[];
}

/** Random loops, single commands among them, on bytes that seldom, or often, meet each other; the core looks at the memory at random. */
function runRandomly(seed: number, declaration: GemminiDeclaration, often: boolean, options: GemminiOptions): Seen {
  const next = random(seed);
  const below = (count: number): number => Math.floor(next() * count);
  const { dim } = declaration;
  const { memory, context } = makeContext(size, () => undefined);
  memory.set(new Uint8Array(randomBytes(size, next).buffer));
  const model = new Gemmini(context, { ...options, declaration });
  const driver = new Driver(model);
  const seen = { cycles: [] as number[], memories: [] as Uint8Array[] };
  const part = (quarter: number): number => base + (often ? below(2500) * (next() < 0.7 ? 4 : 1) : quarter * 40_000 + 4 * below(100));
  let transposed: (typeof ways)[number] = 'none';
  for (let time = 0; time < 14; time++) {
    const [i, j, k] = [1 + below(2), 1 + below(3), 1 + below(3)];
    const pad = (): number => (next() < 0.5 ? 0 : below(dim));
    if (time === 0 || next() < 0.4) {
      driver.fence();
      transposed = ways[below(3)]!;
      driver.configureExecute({ a: transposed === 'a', b: transposed === 'b', strideA: next() < 0.05 ? 2 : 1 });
    }
    const [bias, full, low] = [next() < 0.6, next() < 0.3, next() < 0.2];
    const stride = (): number => dim * 3 + [0, 0, 16, 5][below(4)]!;
    const [strideA, strideB, strideC, strideD] = [stride(), stride(), next() < 0.05 ? dim : stride(), next() < 0.4 ? 0 : stride()];
    driver.configureStore(full ? 4 * strideC : strideC, { scale: [1, 0.01, 0.0021, -0.3, Number.NaN][below(5)]!, relu: next() < 0.4 });
    driver.configureLoad(0, strideA, { blockStride: dim, scale: next() < 0.9 ? 1 : 0.5 });
    driver.configureLoad(1, strideB, { blockStride: dim });
    driver.configureLoad(2, low ? strideD : 4 * strideD, { blockStride: dim, shrunk: low });
    driver.give(functs.loopMatmulBounds, [(pad() << 16) | pad(), pad()], [(j << 16) | i, k]);
    driver.give(functs.loopMatmulAddressesAB, [part(0), 0], [part(1), 0]);
    driver.give(functs.loopMatmulAddressesDC, [bias ? part(2) : 0, 0], [next() < 0.9 ? part(3) : 0, 0]);
    driver.give(functs.loopMatmulStridesAB, [strideA, 0], [strideB, 0]);
    driver.give(functs.loopMatmulStridesDC, [strideD, 0], [strideC, 0]);
    const accumulates = bias || next() < 0.2;
    const flags = (accumulates ? 1 : 0) | (full ? 2 : 0) | (low ? 4 : 0);
    for (let runs = below(3); runs >= 0; runs--)
      driver.give(functs.loopMatmul, [flags, 0], [transposed === 'a' ? 1 : transposed === 'b' ? 2 : 0, 0]);
    if (next() < 0.5) driver.load(0, below(3000), { local: dim * below(8), rows: dim, cols: dim });
    if (next() < 0.3) driver.store(200_000 + below(3000), { local: sums(0), rows: dim, cols: dim });
    if (next() < 0.3) driver.fence();
    driver.cycle += below(2) * below(3000);
    if (next() < 0.4) {
      model.settle(driver.cycle);
      seen.memories.push(memory.slice());
    }
    seen.cycles.push(driver.cycle);
  }
  driver.fence();
  seen.cycles.push(driver.cycle);
  seen.memories.push(memory.slice());
  return seen;
}

describe.each(declarations)('loops of an array of $dim by $dim in WebAssembly', (declaration) => {
  let timeline: WebAssembly.Module;
  beforeAll(async () => {
    timeline = await builtTimeline();
  }, 120_000);

  it.each([false, true])(
    'take the cycles, and leave the bytes at any time, of their commands one by one (meeting each other: %s)',
    (often) => {
      const given = vi.spyOn(FastLoops.prototype, 'give');
      const performed = vi.spyOn(FastLoops.prototype, 'perform');
      for (let seed = 1; seed <= 25; seed++) {
        const slow = runRandomly(seed, declaration, often, {});
        const fast = runRandomly(seed, declaration, often, { timeline });
        expect(fast.cycles, `seed ${seed}`).toEqual(slow.cycles);
        for (const [look, bytes] of fast.memories.entries())
          expect(Buffer.compare(bytes, slow.memories[look]!), `seed ${seed}, look ${look}`).toBe(0);
      }
      const whole = (spy: { readonly mock: { readonly results: readonly { readonly value: unknown }[] } }): number =>
        spy.mock.results.filter(({ value }) => Boolean(value)).length;
      expect(whole(given)).toBeGreaterThan(often ? 5 : 200);
      expect(whole(performed)).toBeGreaterThan(often ? 0 : 50);
      vi.restoreAllMocks();
    },
  );
});
