import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divideRoundHalfEven, frexp, roundHalfAway, roundHalfEven } from '../../src/numeric/rounding.ts';

test('ties go to the even neighbour, on both sides of zero', () => {
  expect([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5].map(roundHalfEven)).toEqual([-4, -2, -2, 0, 0, 2, 2, 4]);
  expect(Object.is(roundHalfEven(-0.25), 0)).toBe(true);
});

test('half to even agrees with exact division for every quotient by two', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (numerator) => {
      expect(BigInt(roundHalfEven(numerator / 2))).toBe(divideRoundHalfEven(BigInt(numerator), 2n));
    }),
  );
});

test('an exact division is within half of the quotient, and even at a tie', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), fc.bigInt({ min: 1n, max: 2n ** 62n }), (numerator, denominator) => {
      const twiceRest = 2n * (numerator - divideRoundHalfEven(numerator, denominator) * denominator);
      const distance = twiceRest < 0n ? -twiceRest : twiceRest;
      expect(distance <= denominator).toBe(true);
      if (distance === denominator) expect(divideRoundHalfEven(numerator, denominator) % 2n).toBe(0n);
    }),
  );
});

test('half away from zero is symmetric', () => {
  expect([-2.5, -0.5, 0.5, 2.5, 2.4].map(roundHalfAway)).toEqual([-3, -1, 1, 3, 2]);
});

test('a double is its mantissa times a power of two, subnormals included', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      const { mantissa, exponent } = frexp(x);
      if (x !== 0) expect(Math.abs(mantissa) >= 0.5 && Math.abs(mantissa) < 1).toBe(true);
      const half = Math.trunc(exponent / 2);
      expect(mantissa * 2 ** half * 2 ** (exponent - half)).toBe(x === 0 ? mantissa : x);
    }),
  );
});
