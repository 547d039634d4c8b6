import { expect, test } from 'vitest';
import { fractionOf } from '../../src/numeric/fraction.ts';
import { random } from '../networks.ts';

test('a double is a quotient of integers, exactly', () => {
  const next = random(1);
  const drawn = Array.from({ length: 1000 }, () => (next() - 0.5) * 2 ** (200 * (next() - 0.5)));
  for (const x of [0, 1, -1, 0.1, 1 / 3, 2 ** 60, 2 ** -60, Number.MAX_VALUE, Math.PI, ...drawn]) {
    const { numerator, denominator } = fractionOf(x);
    expect(denominator & (denominator - 1n)).toBe(0n);
    expect(Number(numerator) / Number(denominator)).toBe(x);
  }
  expect(fractionOf(0.75)).toEqual({ numerator: 3n * 2n ** 51n, denominator: 2n ** 53n });
  expect(fractionOf(-(2 ** 70))).toEqual({ numerator: -(2n ** 70n), denominator: 1n });
});
