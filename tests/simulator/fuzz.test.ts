import { expect, test } from 'vitest';
import { runMutated, runRandomPage } from './fuzz.ts';

const seeds = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed);

test('1,600 mutated programs run to an outcome or are refused in a sentence', () => {
  expect(
    seeds(1600)
      .flatMap((seed) => runMutated(seed) ?? [])
      .slice(0, 3),
  ).toEqual([]);
});

test('400 pages of random code leave the same state on every engine', () => {
  expect(
    seeds(400)
      .flatMap((seed) => runRandomPage(seed) ?? [])
      .slice(0, 3),
  ).toEqual([]);
});
