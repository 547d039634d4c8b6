import { describe, expect, test } from 'vitest';
import { canTie, type RoundedSum } from '../../src/engine/kernels/ties.ts';
import { random } from '../networks.ts';
import { Draw } from './programs.ts';

/** Tries every value of every term. */
function bruteForce({ terms, bias, exponent }: RoundedSum): boolean {
  const sums = terms.reduce<bigint[]>(
    (all, { range, multiplier }) =>
      all.flatMap((sum) =>
        Array.from({ length: range.high - range.low + 1 }, (_, at) => sum + BigInt(range.low + at) * BigInt(multiplier)),
      ),
    [BigInt(bias)],
  );
  const modulus = 1n << BigInt(exponent);
  return sums.some((sum) => BigInt.asUintN(exponent, sum) === modulus / 2n);
}

describe('a sum that can lie in the middle between two integers is found', () => {
  test.each([1, 2, 3])('with %i terms', (terms) => {
    const draw = new Draw(random(terms));
    const found = { true: 0, false: 0 };
    for (let round = 0; round < 600; round++) {
      const exponent = draw.between(1, 14);
      const low = draw.between(-40, 5);
      const sum: RoundedSum = {
        terms: Array.from({ length: terms }, () => ({
          range: { low, high: low + draw.between(0, terms === 3 ? 6 : 30) },
          multiplier: draw.between(-300, 300) * draw.pick([0, 1, 1, 2, 8, 64]),
        })),
        bias: draw.between(-1000, 1000) * draw.pick([1, 1, 2, 16]),
        exponent,
      };
      const expected = bruteForce(sum);
      found[`${expected}`]++;
      expect(canTie(sum), JSON.stringify(sum)).toBe(expected);
    }
    expect(Math.min(found.true, found.false)).toBeGreaterThan(30);
  });

  test('with the multipliers and exponents of real networks', () => {
    const range = { low: -(2 ** 22), high: 2 ** 22 };
    const multiplier = 1_503_238_553;
    const exponent = 40;
    for (const acc of [range.low, -12345, 0, 1, range.high]) {
      const bias = 2 ** 39 - Number(BigInt.asIntN(40, BigInt(acc) * BigInt(multiplier)));
      expect(canTie({ terms: [{ range, multiplier }], bias, exponent })).toBe(true);
      expect(canTie({ terms: [{ range: { low: acc + 1, high: range.high }, multiplier }], bias, exponent })).toBe(false);
    }
  });

  test('and one with too many values to try counts as found', () => {
    const range = { low: -(2 ** 20), high: 2 ** 20 };
    expect(canTie({ terms: [range, range].map((each) => ({ range: each, multiplier: 2 ** 30 + 1 })), bias: 0, exponent: 60 })).toBe(true);
  });
});
