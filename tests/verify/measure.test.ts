import { expect, test } from 'vitest';
import type { StepVerdict } from '../../src/verify/deployment.ts';
import { costByKind, measuredTotal, measureOf } from '../../src/verify/measure.ts';

const step = (name: string, operator: string, counted: Partial<StepVerdict>): StepVerdict => ({
  ...{ step: name, operator, type: { dtype: 'i8', shape: [1] }, macs: 0, reads: [] },
  ...{ elements: 1, mismatches: 0, maxDifference: 0 },
  ...counted,
});
const steps = [
  step('a', 'linear | dyadic', { cycles: 30, instructions: 10 }),
  step('b', 'lookup', { cycles: 60, instructions: 40 }),
  step('c', 'linear | dyadic', { cycles: 110, instructions: 50 }),
];

test('cycles count more than instructions, and these more than nanoseconds', () => {
  const { cycles: _, ...instructions } = steps[0]!;
  expect(measureOf({ steps }).unit).toBe('cycles');
  expect(measureOf({ steps: [instructions] }).unit).toBe('instructions');
  expect(measureOf({ steps: [step('a', 'linear', { nanoseconds: 1500 })] }).unit).toBe('us');
});

test('steps of the same operators are added up, the dearest first, and their shares are the whole', () => {
  const kinds = costByKind({ steps }, measureOf({ steps }));
  expect(kinds).toEqual([
    { operator: 'linear | dyadic', steps: 2, cost: 140, share: 0.7 },
    { operator: 'lookup', steps: 1, cost: 60, share: 0.3 },
  ]);
  expect(measuredTotal({ steps }, measureOf({ steps }))).toBe(200);
});

test('nothing is no part of nothing', () => {
  const idle = [step('a', 'linear', { cycles: 0 })];
  expect(costByKind({ steps: idle }, measureOf({ steps: idle }))).toEqual([{ operator: 'linear', steps: 1, cost: 0, share: 0 }]);
});
