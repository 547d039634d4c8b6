import { describe, expect, test } from 'vitest';
import { runEdgePage, runMutated, runRandomPage } from './fuzz.ts';

const rounds = (count: number): number[] => Array.from({ length: count }, (_, round) => round + 1);
const seedsOf = (round: number): number[] => Array.from({ length: 1000 }, (_, index) => 1000 * round + index);

describe('100,000 programs that nobody wrote', () => {
  test.each(rounds(90))('round %i: 1,000 mutated programs run to an outcome or are refused in a sentence', (round) => {
    expect(seedsOf(round).flatMap((seed) => runMutated(seed) ?? [])).toEqual([]);
  });
  test.each(rounds(10))('round %i: 1,000 pages of random code leave the same state on every engine', (round) => {
    expect(seedsOf(round).flatMap((seed) => runRandomPage(seed) ?? [])).toEqual([]);
  });
});

describe('10,000 programs at the ends of the memory', () => {
  test.each(rounds(10))('round %i: 1,000 loops read and write nothing beyond, whatever lies there', (round) => {
    expect(seedsOf(round).flatMap((seed) => runEdgePage(seed) ?? [])).toEqual([]);
  });
});
