import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { erfc, unaryFunctions } from '../../src/numeric/functions.ts';

/** Computed with 60 digits (mpmath) and rounded to double; each agrees with PyTorch in float64. */
const exact: Record<string, readonly number[]> = JSON.parse(
  readFileSync(new URL('../fixtures/numeric/unary.json', import.meta.url), 'utf8'),
);

/** Relative to the exact value; what is below the normal numbers counts as absolute. */
const error = (found: number, wanted: number): number => Math.abs(found - wanted) / Math.max(Math.abs(wanted), 2 ** -1000);

describe.each(Object.entries(unaryFunctions))('%s', (name, { evaluate, turns, increasing }) => {
  test('is within a few units in the last place of its exact value, x^2 times that in a far tail', () => {
    const worst = exact['x']!.map((x, position) => error(evaluate(x), exact[name]![position]!) / Math.max(1, x * x));
    expect(Math.max(...worst)).toBeLessThan(16 * 2 ** -53);
  });

  test('rises and falls where it says', () => {
    const grid = Array.from({ length: 4001 }, (_, index) => (index - 2000) / 100);
    const rising = (x: number): boolean => turns.filter((turn) => x >= turn).length % 2 === (increasing ? 0 : turns.length % 2);
    const wrong = grid.slice(1).filter((x, position) => {
      const before = grid[position]!;
      if (turns.some((turn) => before < turn && turn <= x)) return false;
      const step = evaluate(x) - evaluate(before);
      return rising(before) ? step < -1e-12 : step > 1e-12;
    });
    expect(wrong).toEqual([]);
  });
});

test('erfc has no cancellation: erfc(5) and erfc(20) keep their digits', () => {
  expect(error(erfc(5), 1.537459794428035e-12)).toBeLessThan(1e-14);
  expect(error(erfc(20), 5.395865611607901e-176)).toBeLessThan(1e-13);
  expect(erfc(-5)).toBe(2 - erfc(5));
});
