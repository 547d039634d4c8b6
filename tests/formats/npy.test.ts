import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import { parseNpy, printNpy } from '../../src/formats/npy.ts';
import { tensor } from '../../src/numeric/tensor.ts';
import { anyTensor } from './arbitrary.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/formats/${name}.npy`, import.meta.url));
const parse = (name: string) => parseNpy(fixture(name), `${name}.npy`);
const encode = (header: string, version = 1): Uint8Array => {
  const size = version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), version, 0, ...size, ...Buffer.from(header, 'latin1')]);
};

describe('parseNpy', () => {
  test.each([
    ['i1', 'i8', [0, 1, 2, 100, -128, 127]],
    ['u1', 'u8', [0, 1, 2, 100, 0, 255]],
    ['i2', 'i16', [0, 1, 2, 100, -32768, 32767]],
    ['u2', 'u16', [0, 1, 2, 100, 0, 65535]],
    ['i4', 'i32', [0, 1, 2, 100, -2147483648, 2147483647]],
    ['u4', 'u32', [0, 1, 2, 100, 0, 4294967295]],
    ['i8', 'i64', [0, 1, 2, 100, -9007199254740991, 9007199254740991]],
    ['f4', 'f32', [0, 1, 2, 100, -0.15625, Math.fround(1e-5)]],
    ['f8', 'f64', [0, 1, 2, 100, -0.15625, 1e-5]],
  ] as const)('reads what NumPy wrote as %s, and prints the same bytes', (name, dtype, values) => {
    const read = parse(name);
    expect(read).toEqual(tensor({ dtype, shape: [2, 3] }, values));
    expect(printNpy(read)).toEqual(new Uint8Array(fixture(name)));
  });

  test.each(['scalar', 'empty'])('reads and prints the %s array as NumPy does', (name) => {
    expect(printNpy(parse(name))).toEqual(new Uint8Array(fixture(name)));
  });

  test('reads booleans as u8', () => {
    expect(parse('bool')).toEqual(tensor({ dtype: 'u8', shape: [3] }, [1, 0, 1]));
  });

  test('swaps the bytes of big-endian files', () => {
    expect(parse('big-endian')).toEqual(tensor({ dtype: 'i32', shape: [2, 3] }, [0, 70000, 140000, 210000, 280000, 350000]));
  });

  test('puts Fortran order into row-major order', () => {
    expect(parse('fortran')).toEqual(
      tensor(
        { dtype: 'i16', shape: [2, 3, 4] },
        Array.from({ length: 24 }, (_, position) => position),
      ),
    );
    expect(parse('fortran-vector')).toEqual(tensor({ dtype: 'f32', shape: [5] }, [0, 1, 2, 3, 4]));
  });

  test.each(['version-2', 'version-3'])('reads format %s', (name) => {
    expect(parse(name)).toEqual(tensor({ dtype: 'f32', shape: [3, 2] }, [0, 1, 2, 3, 4, 5]));
  });

  test('reads bytes at any offset of a larger buffer', () => {
    const shifted = Buffer.concat([Buffer.from([0]), fixture('f8')]).subarray(1);
    expect(parseNpy(shifted, 'x')).toEqual(parse('f8'));
  });

  test.each([
    ['objects', /objects\.npy: found an array of pickled Python objects, expected an array of numbers\./],
    ['complex', /elements of type <c8/],
    ['structured', /elements of type \[\('a', '<f4'\), \('b', '<i2'\)\]/],
    ['huge-integer', /element 1: found the integer 1152921504606846977, expected an integer that a double holds exactly/],
  ])('refuses %s in a sentence', (name, sentence) => {
    expect(() => parse(name)).toThrow(BadInput);
    expect(() => parse(name)).toThrow(sentence);
  });

  test.each([
    ['text', Buffer.from('hello'), /no NumPy signature/],
    ['version 4', encode('', 4), /\.npy format version 4/],
    ['a header without descr', encode("{'shape': (1,)}"), /header without descr/],
    ['a header without order', encode("{'descr': '<f4', 'shape': (1,)}"), /header without fortran_order/],
    ['a header without shape', encode("{'descr': '<f4', 'fortran_order': False}"), /header without a shape/],
    ['a negative size', encode("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), /header without a shape/],
    [
      'an impossible size',
      encode("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
      /0 bytes of data, expected 400000000000000000000/,
    ],
    ['too much data', Buffer.concat([fixture('i1'), Buffer.from([0])]), /7 bytes of data, expected 6 for i8\[2,3\]/],
  ])('refuses %s', (_, bytes, sentence) => {
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(BadInput);
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(sentence);
  });

  test('refuses a file cut short at any byte', () => {
    const whole = fixture('i2');
    for (let length = 0; length < whole.length; length++) expect(() => parseNpy(whole.subarray(0, length), 'x.npy')).toThrow(BadInput);
  });
});

test('printNpy and parseNpy round-trip every tensor', () => {
  fc.assert(fc.property(anyTensor, (value) => void expect(parseNpy(printNpy(value), 'x')).toEqual(value)));
});

test('parseNpy refuses random bytes after a signature with BadInput only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        parseNpy(Uint8Array.from([0x93, ...Buffer.from('NUMPY'), ...bytes]), 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(BadInput);
      }
    }),
  );
});
