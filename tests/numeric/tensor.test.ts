import { expect, test } from 'vitest';
import { along, narrowest, strides, tensor } from '../../src/numeric/tensor.ts';

test('a value that the dtype cannot hold is an error, never wrapped', () => {
  expect(() => tensor({ dtype: 'i8', shape: [2] }, [127, 128])).toThrow('element 1 is 128, which i8 cannot hold');
});

test('data that does not fill the shape is an error', () => {
  expect(() => tensor({ dtype: 'i8', shape: [2, 2] }, [1, 2, 3])).toThrow('expected 4 elements for [2, 2], found 3');
});

test('the narrowest type of a range holds both ends', () => {
  expect([
    narrowest(-128, 127),
    narrowest(0, 255),
    narrowest(-1, 255),
    narrowest(0, 65535),
    narrowest(-1, 65535),
    narrowest(0, 2 ** 40),
  ]).toEqual(['i8', 'u8', 'i16', 'u16', 'i32', undefined]);
});

test('a tensor seen along an axis is blocks of slices of contiguous elements', () => {
  expect(along([2, 3, 4, 5], 1)).toEqual({ outer: 2, size: 3, inner: 20 });
  expect(along([2, 3, 4, 5], -1)).toEqual({ outer: 24, size: 5, inner: 1 });
  expect(strides([2, 3, 4])).toEqual([12, 4, 1]);
});
