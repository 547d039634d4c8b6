import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dyadicConstants, dyadicMeanConstants, dyadicRatio } from '../../src/numeric/dyadic.ts';
import { divideRoundHalfEven } from '../../src/numeric/rounding.ts';

const ratio = fc
  .tuple(fc.double({ min: 0.5, max: 1, noNaN: true }), fc.integer({ min: -30, max: 4 }), fc.boolean())
  .map(([m, e, negative]) => (negative ? -1 : 1) * m * 2 ** e);
const limit = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const bias = fc.double({ min: -1e6, max: 1e6, noNaN: true });

test('a multiplier has 31 bits and is the nearest to its ratio', () => {
  fc.assert(
    fc.property(ratio, (r) => {
      const { multiplier, exponent } = dyadicRatio(r);
      expect(Math.abs(multiplier) >= 2 ** 30 && Math.abs(multiplier) < 2 ** 31).toBe(true);
      expect(Math.abs(multiplier / 2 ** exponent - r)).toBeLessThanOrEqual(2 ** -(exponent + 1));
    }),
  );
});

test('a mantissa that rounds up to 2^31 becomes 2^30', () => {
  expect(dyadicRatio(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, exponent: 30 });
});

test('a ratio of zero, as of a dead BatchNorm channel, multiplies with zero', () => {
  expect(dyadicConstants([{ ratio: 0, limit: 1000 }], 3.25, 8)).toMatchObject({
    multipliers: [0],
    exponent: 31,
    bias: 3.25 * 2 ** 31,
    inexact: false,
  });
});

test('no reachable accumulator leaves 62 bits, and the rounding is that of the real number but near a tie', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ratio, limit }), { minLength: 1, maxLength: 3 }),
      bias,
      fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
      (terms, offset, stream) => {
        const { multipliers, bias: b, exponent, inexact } = dyadicConstants(terms, offset, 8);
        const reach = terms.reduce((sum, term, t) => sum + BigInt(term.limit) * BigInt(Math.abs(multipliers[t]!)), BigInt(Math.abs(b)));
        if (exponent >= 1) expect(reach < 2n ** 62n).toBe(true);
        if (inexact) return;
        for (let round = 0; round < 20; round++) {
          // Accumulators for which the result is inside the clamp, where the constants' precision is promised.
          const values = terms.map((term) =>
            Math.trunc(stream.next().value * Math.min(term.limit, 128 / Math.abs(term.ratio) / terms.length)),
          );
          const real = values.reduce((sum, value, t) => sum + value * terms[t]!.ratio, offset);
          if (Math.abs(real) > 128) continue;
          const wide = values.reduce((sum, value, t) => sum + BigInt(value) * BigInt(multipliers[t]!), BigInt(b));
          expect(Math.abs(Number(divideRoundHalfEven(wide, 1n << BigInt(exponent))) - real)).toBeLessThanOrEqual(
            0.5 + terms.length * 2 ** -19,
          );
        }
      },
    ),
  );
});

test('a ratio that neither multiplier nor shift can hold is called inexact', () => {
  expect(dyadicConstants([{ ratio: 2 ** 31, limit: 255 }], 0, 8).inexact).toBe(true);
  expect(dyadicConstants([{ ratio: 2 ** -10, limit: 255 }], 0, 8).inexact).toBe(false);
});

test('a bias beyond what saturates is cut instead of overflowing', () => {
  const { bias: cut, exponent } = dyadicConstants([{ ratio: 0.01, limit: 1000 }], 1e30, 8);
  expect(cut / 2 ** exponent).toBeLessThanOrEqual(10 + 256 + 1);
  expect(cut / 2 ** exponent).toBeGreaterThan(256);
});

test('a mean divides by at most 62 bits', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.integer({ min: 1, max: 2 ** 30 }),
      fc.integer({ min: 1, max: 65536 }),
      (r, sums, count) => {
        const { multiplier, exponent } = dyadicMeanConstants(r, sums, count);
        expect(count * 2 ** exponent).toBeLessThan(2 ** 62);
        expect(sums * Math.abs(multiplier)).toBeLessThan(2 ** 62);
      },
    ),
  );
});

test('a mean of equal scales is the exact mean', () => {
  const { multiplier, exponent } = dyadicMeanConstants(1, 6 * 127, 6);
  for (let sum = -762; sum <= 762; sum++) {
    expect(divideRoundHalfEven(BigInt(sum) * BigInt(multiplier), 6n << BigInt(exponent))).toBe(divideRoundHalfEven(BigInt(sum), 6n));
  }
});
