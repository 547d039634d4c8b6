import { functs, isAccumulator, isFull } from '../../../src/simulator/devices/gemmini/operands.ts';
import { base, type Driver, noPlace, type Place, sums } from './harness.ts';

const scaleOf = (next: () => number): number =>
  [1, 0.5, 0.0021, 1.75, -0.3, 1e-3, 3e38, Number.NaN, Number.POSITIVE_INFINITY, 0, 1e-42][Math.floor(next() * 11)]!;

/** Random commands load from the first 64 KB of the main memory, and store to what is between these offsets. */
export const stored = [1 << 16, (1 << 16) + (1 << 13)] as const;

interface Options {
  readonly count?: number;
  /**
   * Only what the hardware defines: everything is configured first, one operand at most goes through the transposer, results have the rows of the
   * multiplication, an array that has changed between weights and outputs that stay is preloaded, as is one whose outputs stay if they have been given out, what is
   * preloaded is used, whole sums are loaded from multiples of four, and are
   * stored in rows of the accumulator's length.
   */
  readonly defined?: boolean;
}

/** Gives random commands over few rows of each memory of an array of `dim` by `dim`, so that they meet, with extreme values. */
export function giveRandomly(driver: Driver, next: () => number, dim: number, { count = 120, defined = false }: Options = {}): void {
  const below = (most: number): number => Math.floor(next() * most);
  const size = (): number => (next() < 0.5 ? dim : 1 + below(dim));
  const inScratchpad = (): number => (next() < 0.05 ? 16384 - below(8) : below(8) * 4 * dim);
  const inAccumulator = (): number => sums(below(4) * dim, { accumulate: next() < 0.5, full: next() < 0.3 });
  const place = (local: number, cols = size()): Place => ({ local, rows: size(), cols });
  let [staying, changed, few, placed] = [true, defined, false, false];
  if (defined) {
    driver.configureExecute();
    driver.configureStore(64);
    for (const which of [0, 1, 2]) driver.configureLoad(which, 64);
  }
  for (let i = 0; i < count; i++) {
    const kind = below(10);
    if (kind === 0)
      driver.configureLoad(below(3), defined ? 4 * below(25) : below(100), {
        scale: next() < 0.6 ? 1 : scaleOf(next),
        shrunk: next() < 0.3,
        blockStride: dim,
        pixels: 1,
      });
    else if (kind === 1) driver.configureStore(below(200), { scale: scaleOf(next), relu: next() < 0.4 });
    else if (kind === 2) {
      const [weightStationary, a, b] = [next() < 0.7, next() < 0.2, next() < 0.2];
      changed ||= weightStationary !== staying;
      staying = weightStationary;
      if (few) driver.fence(); // the array would be configured before it has taken the product's weights
      driver.configureExecute({
        weightStationary,
        a,
        b: b && !(defined && a === weightStationary),
        strideA: 1 + below(3),
        shift: below(12),
        relu: next() < 0.3,
      });
    } else if (kind < 5) {
      const wide = next() < 0.4;
      const from = next() < 0.1 ? undefined : below(60000);
      driver.load(
        below(3) as 0 | 1 | 2,
        from === undefined || !(wide && defined) ? from : from & ~3,
        wide ? place(inAccumulator()) : place(inScratchpad(), 1 + below(2 * dim)),
      );
    } else if (kind < 7) {
      const from = next() < 0.7 ? inAccumulator() : inScratchpad();
      const most = defined && isAccumulator(from) && isFull(from) ? dim : 2 * dim;
      driver.store(stored[0] + below(4800), place(from, 1 + below(most)));
    } else {
      const c = next() < 0.8 ? place(inAccumulator()) : place(next() < 0.5 ? -1 : inScratchpad());
      const a = place(inScratchpad());
      const [operand, preloaded] = [
        place(next() < 0.2 ? -1 : inScratchpad()),
        next() < 0.6 || (defined && (changed || (placed && !staying))),
      ];
      driver.preload(preloaded || !defined ? operand : noPlace(), c);
      const rows = defined ? c.rows : a.rows;
      driver.compute(preloaded, { ...a, rows }, place(next() < 0.8 ? -1 : inScratchpad()));
      [changed, few, placed] = [false, rows <= 4, c.local !== -1];
    }
  }
  driver.configureStore(4 * dim);
  driver.store(stored[0], { local: sums(0, { full: true }), rows: dim, cols: dim });
  driver.fence();
}

/** Gives random loops of matrices, two of which may be under way at a time. */
export function giveLoopsRandomly(driver: Driver, next: () => number, count = 6): void {
  const below = (most: number): number => Math.floor(next() * most);
  for (let n = 0; n < count; n++) {
    const [i, j, k] = [1 + below(2), 1 + below(3), 1 + below(3)];
    const pads = [below(16), below(16), below(16)] as const;
    const [transpose, bias, full, low] = [below(3), next() < 0.6, next() < 0.3, next() < 0.3];
    const [a, b] = [transpose === 1, transpose === 2];
    const [strideA, strideB, strideC, strideD] = [16 * (3 + below(3)), 48 + below(20), full ? 48 : 48 + below(30), next() < 0.5 ? 0 : 48];
    driver.configureExecute({ a, b });
    driver.configureStore(full ? 4 * strideC : strideC, { scale: scaleOf(next), relu: next() < 0.4 });
    driver.configureLoad(0, strideA);
    driver.configureLoad(1, strideB);
    driver.configureLoad(2, low ? strideD : 4 * strideD, { shrunk: low, scale: next() < 0.5 ? 1 : scaleOf(next) });
    const [first, second, sum] = [below(20000), 20000 + below(20000), 4 * (10000 + below(3000))];
    driver.give(functs.loopMatmulBounds, [(pads[1] << 16) | pads[0], pads[2]], [(j << 16) | i, k]);
    driver.give(functs.loopMatmulAddressesAB, [base + first, 0], [base + second, 0]);
    driver.give(functs.loopMatmulAddressesDC, [bias ? base + sum : 0, 0], [base + stored[0] + below(1000), 0]);
    driver.give(functs.loopMatmulStridesAB, [strideA, 0], [strideB, 0]);
    driver.give(functs.loopMatmulStridesDC, [strideD, 0], [strideC, 0]);
    const accumulates = bias || next() < 0.2;
    driver.give(functs.loopMatmul, [(accumulates ? 1 : 0) | (full ? 2 : 0) | (low ? 4 : 0), 0], [(a ? 1 : 0) | (b ? 2 : 0), 0]);
    if (next() < 0.3) driver.fence();
  }
  driver.fence();
}
