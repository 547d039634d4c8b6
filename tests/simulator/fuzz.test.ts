import { expect, test } from 'vitest';
import { runEdgePage, runMutated, runRandomPage } from './fuzz.ts';

const seeds = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed);

test('1,600 mutated programs run to an outcome or are refused in a sentence', () => {
  expect(
    seeds(1600)
      .flatMap((seed) => runMutated(seed) ?? [])
      .slice(0, 3),
  ).toEqual([]);
});

test('400 pages of random code leave the same state on every engine', { timeout: 300_000 }, () => {
  expect(
    seeds(400)
      .flatMap((seed) => runRandomPage(seed) ?? [])
      .slice(0, 3),
  ).toEqual([]);
});

test('200 loops of accesses around the ends of the memory read and write nothing beyond, whatever lies there', () => {
  expect(
    seeds(200)
      .flatMap((seed) => runEdgePage(seed) ?? [])
      .slice(0, 3),
  ).toEqual([]);
});
