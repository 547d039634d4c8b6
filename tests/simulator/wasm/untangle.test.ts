import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderOf } from '../../../src/simulator/wasm/translator/dominators.ts';
import { type Graph, originalOf, untangled } from '../../../src/simulator/wasm/translator/untangle.ts';

const graphOf = (edges: readonly (readonly number[])[]): Graph => new Map(edges.map((to, node) => [node, to]));
const isReducible = (graph: Graph): boolean => orderOf(0, (node) => graph.get(node)!).reducible;
const one = (): number => 1;

test('of a loop that is entered in its middle, the block is copied that weighs least', () => {
  const graph = graphOf([[1, 2], [2], [3], [1, 2, 4], []]); // from 0 into a loop of 1, 2, 3, past 1 or not
  expect(isReducible(graph)).toBe(false);
  const light = untangled(0, graph, (node) => (node % 2 ** 33 === 1 ? 1 : 10))!;
  expect(isReducible(light)).toBe(true);
  expect([...light.keys()].filter((node) => node !== originalOf(node)).map(originalOf)).toEqual([1]);
  expect(light.get(0)).toEqual([1 + 2 ** 33, 2]);
});

test('a graph without such loops stays as it is', () => {
  const graph = graphOf([[1], [2, 3], [1], []]);
  expect(untangled(0, graph, one)).toEqual(graph);
});

test('random graphs become reducible, and have the same paths', () => {
  const size = 9;
  const node = fc.integer({ min: 0, max: size - 1 });
  const edges = fc.array(fc.uniqueArray(node, { maxLength: 3 }), { minLength: size, maxLength: size });
  const paths = fc.array(fc.nat(2), { minLength: 30, maxLength: 30 });
  let done = 0;
  fc.assert(
    fc.property(edges, paths, (lists, choices) => {
      const graph = graphOf(lists);
      const made = untangled(0, graph, one);
      if (made === undefined) return;
      done++;
      expect(isReducible(made)).toBe(true);
      let [before, after] = [0, 0];
      for (const choice of choices) {
        expect(originalOf(after)).toBe(before);
        expect(made.get(after)!.map(originalOf)).toEqual(graph.get(before));
        const next = choice % Math.max(1, graph.get(before)!.length);
        if (graph.get(before)!.length === 0) return;
        [before, after] = [graph.get(before)![next]!, made.get(after)![next]!];
      }
    }),
    { numRuns: 2000 },
  );
  expect(done).toBeGreaterThan(1000);
});
