import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesAlive, placeFirstFit } from '../../src/program/arena.ts';
import { type Lifetime, lifetimes } from '../../src/program/lifetimes.ts';
import { tinyProgram } from '../targets/programs.ts';

const arbitraryLifetimes = fc
  .array(fc.record({ bytes: fc.integer({ min: 1, max: 500 }), first: fc.nat({ max: 12 }), span: fc.nat({ max: 5 }) }), { maxLength: 30 })
  .map((drawn) => drawn.map(({ bytes, first, span }, index): Lifetime => ({ name: `t${index}`, bytes, first, last: first + span })));

/** Whether two of the lifetimes share a byte and a step. */
function collide(placed: readonly Lifetime[], offsets: ReadonlyMap<string, number>): boolean {
  return placed.some((a, index) =>
    placed.slice(index + 1).some((b) => {
      const [at, bt] = [offsets.get(a.name)!, offsets.get(b.name)!];
      return a.first <= b.last && b.first <= a.last && at < bt + b.bytes && bt < at + a.bytes;
    }),
  );
}

describe('first fit by size over lifetimes', () => {
  test('never gives a byte to two tensors that are alive at once', () => {
    fc.assert(fc.property(arbitraryLifetimes, (drawn) => !collide(drawn, placeFirstFit(drawn).offsets)));
  });

  test('aligns every tensor, and its peak is where the last one ends, no less than the lower bound', () => {
    fc.assert(
      fc.property(arbitraryLifetimes, fc.constantFrom(1, 16, 64), (drawn, alignment) => {
        const { offsets, peak, lowerBound } = placeFirstFit(drawn, alignment);
        const ends = drawn.map(({ name, bytes }) => offsets.get(name)! + bytes);
        expect([...offsets.values()].every((offset) => offset % alignment === 0)).toBe(true);
        expect(peak).toBe(Math.max(0, ...ends));
        expect(lowerBound).toBe(Math.max(0, ...bytesAlive(drawn)));
        expect(peak).toBeGreaterThanOrEqual(lowerBound);
      }),
    );
  });

  test('puts what is never alive at once into the same place', () => {
    const { offsets, peak, lowerBound } = placeFirstFit([
      { name: 'a', bytes: 64, first: 0, last: 1 },
      { name: 'b', bytes: 32, first: 1, last: 2 },
      { name: 'c', bytes: 48, first: 2, last: 3 },
    ]);
    expect(Object.fromEntries(offsets)).toEqual({ a: 0, b: 64, c: 0 });
    expect([peak, lowerBound]).toEqual([96, 96]);
  });
});

test('inputs live from the start, outputs to the end, the rest from its step to its last reader', () => {
  const program = tinyProgram();
  const spans = (outputs: readonly string[]) =>
    Object.fromEntries(lifetimes({ ...program, outputs }).map(({ name, first, last }) => [name, [first, last]]));
  expect(spans(['fc'])).toEqual({ x: [0, 0], '0': [0, 1], add: [1, 2], pool: [2, 3], fc: [3, 3] });
  expect(spans(['x', '0'])).toEqual({ x: [0, 3], '0': [0, 3], add: [1, 2], pool: [2, 3], fc: [3, 3] });
});
