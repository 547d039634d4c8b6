import { describe, expect, test } from 'vitest';
import { exponential, exponentialLimit, exponentialTable } from '../../src/numeric/exponential.ts';
import { random } from '../networks.ts';

const table = exponentialTable.data;
const error = (t: number): number => Math.abs(exponential(t, table) - 2 ** 30 * Math.exp(-t / 2 ** 24));

describe('the exponential in integers', () => {
  test('is at most 8.8 steps of 2^-30 from the real one, over its whole range', () => {
    const next = random(1);
    let worst = 0;
    for (let trial = 0; trial < 300_000; trial++) worst = Math.max(worst, error(Math.floor(2 ** (next() * 28.6))));
    for (let t = 0; t < 20_000; t++) worst = Math.max(worst, error(t));
    expect(worst).toBeLessThanOrEqual(8.8);
  });

  test('is one at 0, and 0 from its limit on', () => {
    expect(exponential(0, table)).toBe(2 ** 30);
    for (const t of [exponentialLimit, exponentialLimit + 1, 2 ** 31, 2 ** 56]) expect(exponential(t, table)).toBe(0);
  });

  test('never rises', () => {
    const rises: number[] = [];
    for (let t = 1; t < 2 ** 18; t++) if (exponential(t, table) > exponential(t - 1, table)) rises.push(t);
    expect(rises).toEqual([]);
  });
});
