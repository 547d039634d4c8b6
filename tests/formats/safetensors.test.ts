import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import { parseSafetensors, printSafetensors } from '../../src/formats/safetensors.ts';
import { tensor } from '../../src/numeric/tensor.ts';
import { anyTensor } from './arbitrary.ts';

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../fixtures/formats/${name}`, import.meta.url)));
const encode = (header: string, data: readonly number[] = []): Uint8Array => {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Uint8Array.from([...length, ...json, ...data]);
};
const entry = (fields: object): string => JSON.stringify({ w: { dtype: 'I8', shape: [2], data_offsets: [0, 2], ...fields } });

describe('parseSafetensors', () => {
  test('reads every dtype that the reference implementation wrote, and prints the same bytes', () => {
    const bytes = fixture('all.safetensors');
    const { tensors, metadata } = parseSafetensors(bytes, 'all.safetensors');
    expect(metadata).toEqual(new Map([['schema', '1']]));
    expect(tensors.get('tensor.i8')).toEqual(tensor({ dtype: 'i64', shape: [7] }, [0, 1, 2, 3, 4, 5, 6]));
    expect(tensors.get('tensor.i1')).toEqual(tensor({ dtype: 'i8', shape: [1] }, [0]));
    expect(tensors.get('größe')).toEqual(tensor({ dtype: 'f32', shape: [2, 1] }, [1.5, 2.5]));
    expect(tensors.get('empty')).toEqual(tensor({ dtype: 'i8', shape: [0, 2] }));
    expect(tensors.size).toBe(12);
    expect(printSafetensors(tensors, metadata)).toEqual(bytes);
  });

  test.each([
    ['a dtype that no tensor has', fixture('half.safetensors'), /x, tensor "half": found dtype "F16", expected one of I64/],
    ['an empty file', new Uint8Array(0), /found 0 bytes/],
    ['a header longer than the file', encode('{}').fill(255, 0, 8), /expected a header of 18446744073709552000 bytes/],
    ['a header that is not JSON', encode('{"w": '), /not a JSON object/],
    ['a header that is a list', encode('[]'), /not a JSON object/],
    ['a header that is not UTF-8', Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 255]), /not a JSON object/],
    ['metadata that is a list', encode('{"__metadata__": []}'), /__metadata__/],
    ['an entry that is null', encode('{"w": null}'), /tensor "w": found null/],
    ['a negative size', encode(entry({ shape: [-2] }), [0, 0]), /expected an object with dtype, shape and data_offsets/],
    ['a fractional offset', encode(entry({ data_offsets: [0.5, 2.5] }), [0, 0]), /expected an object with dtype/],
    ['offsets that do not fit the shape', encode(entry({ shape: [3] }), [0, 0]), /2 bytes of data, expected 3 for i8\[3\]/],
    ['a gap before the first tensor', encode(entry({ data_offsets: [1, 3] }), [0, 0, 0]), /begins at byte 1, expected byte 0/],
    ['data behind the last tensor', encode(entry({}), [0, 0, 0]), /3 bytes of tensor data, expected 2/],
    ['truncated data', encode(entry({}), [0]), /1 bytes of tensor data, expected 2/],
  ])('refuses %s', (_, bytes, sentence) => {
    expect(() => parseSafetensors(bytes, 'x')).toThrow(BadInput);
    expect(() => parseSafetensors(bytes, 'x')).toThrow(sentence);
  });

  test('refuses overlapping tensors', () => {
    const header = JSON.stringify({
      a: { dtype: 'I8', shape: [2], data_offsets: [0, 2] },
      b: { dtype: 'I8', shape: [2], data_offsets: [1, 3] },
    });
    expect(() => parseSafetensors(encode(header, [0, 0, 0]), 'x')).toThrow(/tensor "b": found data that begins at byte 1, expected byte 2/);
  });

  test('refuses a file cut short at any byte', () => {
    const whole = fixture('all.safetensors');
    for (let length = 0; length < whole.length; length++) expect(() => parseSafetensors(whole.subarray(0, length), 'x')).toThrow(BadInput);
  });
});

describe('printSafetensors', () => {
  const anyTensors = fc
    .dictionary(fc.string(), anyTensor, { maxKeys: 4, noNullPrototype: true })
    .map((all) => new Map(Object.entries(all)));

  test('round-trips through parseSafetensors', () => {
    const anyMetadata = fc
      .dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true })
      .map((all) => new Map(Object.entries(all)));
    fc.assert(
      fc.property(anyTensors, anyMetadata, (tensors, metadata) => {
        expect(parseSafetensors(printSafetensors(tensors, metadata), 'x')).toEqual({ tensors, metadata });
      }),
    );
  });

  test('prints the same bytes whatever the order of the tensors and of the metadata', () => {
    const a = tensor({ dtype: 'i8', shape: [1] }, [1]);
    const b = tensor({ dtype: 'f32', shape: [1] }, [2]);
    const one = printSafetensors(new Map([['a', a], ['b', b]]), new Map([['k', '1'], ['j', '2']])); // biome-ignore format: side by side
    const two = printSafetensors(new Map([['b', b], ['a', a]]), new Map([['j', '2'], ['k', '1']])); // biome-ignore format: side by side
    expect(one).toEqual(two);
  });
});
