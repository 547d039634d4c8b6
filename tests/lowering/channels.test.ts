import { expect, test } from 'vitest';
import { channelsAfter } from '../../src/lowering/channels.ts';
import type { Attributes } from '../../src/numeric/attributes.ts';
import { operators } from '../../src/operators/index.ts';

/** Of [1, 6, 4, 4] with its channels along axis 1. */
function after(operator: string, attributes: Attributes) {
  const shape = [1, 6, 4, 4];
  const type = operators.get(operator)!.result(attributes, [{ dtype: 'i32', shape }]);
  return channelsAfter({ operator, operands: [], attributes }, shape, 1, type);
}
const all = [0, 1, 2, 3, 4, 5];

test('a permutation takes the channels to another axis', () => {
  expect(after('permute', { axes: [0, 2, 3, 1] })).toEqual({ axis: 3, channels: all });
});

test('a slice of another axis leaves the channels where they are, one of theirs selects some', () => {
  expect(after('slice', { axis: 3, start: 0, size: 2, step: 1 })).toEqual({ axis: 1, channels: all });
  expect(after('slice', { axis: 1, start: 1, size: 2, step: 3 })).toEqual({ axis: 1, channels: [1, 4] });
});

test('a reshape to one axis repeats each channel; one that mixes them tells no channel', () => {
  expect(after('reshape', { shape: [1, 96] })?.channels.slice(14, 18)).toEqual([0, 0, 1, 1]);
  expect(after('reshape', { shape: [1, 6, 16] })).toEqual({ axis: 1, channels: all });
  expect(after('reshape', { shape: [1, 4, 24] })).toBeUndefined();
});

test('a max-pool leaves the channels, a border belongs to none', () => {
  expect(after('max-pool', { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], ceil: false })).toEqual({ axis: 1, channels: all });
  expect(after('pad', { before: [0, 0, 1, 0], after: [0, 0, 0, 0] })).toBeUndefined();
});
