import { describe, expect, test } from 'vitest';
import { BadInput } from '../../../src/errors.ts';
import { torchMeanings } from '../../../src/formats/checkpoint/meanings.ts';
import { parsePickle } from '../../../src/formats/checkpoint/pickle.ts';
import { isKind, type Value } from '../../../src/formats/checkpoint/value.ts';

const parse = (text: string): Value => parsePickle(Buffer.from(`\x80\x02${text}`, 'latin1'), 0, 'x.pth', torchMeanings('x.pth')).value;
const u32 = (value: number): string => String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);

describe('a pickle', () => {
  test.each<[string, string, Value]>([
    ['None', 'N.', null],
    ['a boolean', '\x88.', true],
    ['the boolean of protocol 1', 'I01\n.', true],
    ['a negative integer', `J${u32(-5)}.`, -5],
    ['LONG1', '\x8a\x02\x00\x80.', -32768],
    ['LONG1 of no bytes', '\x8a\x00.', 0],
    ['an integer beyond doubles', '\x8a\x09\x01\x00\x00\x00\x00\x00\x00\x00\x01.', 2n ** 64n + 1n],
    ['the long of Python 2', 'L123L\n.', 123],
    ['a double', 'G\x3f\xf8\x00\x00\x00\x00\x00\x00.', 1.5],
    ['a text in UTF-8', 'X\x02\x00\x00\x00\xc3\xa9.', 'é'],
  ])('%s', (_, text, value) => {
    expect(parse(text)).toEqual(value);
  });

  test('an attack is a value that nobody made: no name is looked up, nothing is called', () => {
    expect(parse('cposix\nsystem\nX\x04\x00\x00\x00ls /\x85R.')).toEqual({ kind: 'opaque', name: 'posix.system' });
    expect(parse('cbuiltins\neval\nX\x01\x00\x00\x001\x85R}b.')).toEqual({ kind: 'opaque', name: 'builtins.eval' });
  });

  test('a list in itself and a dict in itself end', () => {
    const list = parse(']q\x00h\x00a.');
    expect(isKind(list, 'list') && list.items[0]).toBe(list);
    expect(isKind(parse('}q\x00X\x01\x00\x00\x00ah\x00s.'), 'dict')).toBe(true);
  });

  test('functions that name functions a million times over are no deep recursion', () => {
    const name = 'ctorch._tensor\n_rebuild_from_type_v2\n';
    const nested = parse(`${name}q\x00${'(h\x00N'.repeat(500_000)})${'t'.repeat(500_000)}R.`);
    expect(nested).toEqual({ kind: 'opaque', name: 'torch._tensor._rebuild_from_type_v2' });
  });

  test('a pyramid of 2^4000 references costs what its text costs', () => {
    expect(isKind(parse(`)${'2\x86'.repeat(4000)}.`), 'tuple')).toBe(true);
  });

  test.each([
    ['a text of 4 GB', `X${u32(-1)}ab.`, 'bytes where 4294967295 more'],
    ['bytes beyond 2^53', '\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.', 'the 64-bit value'],
    ['LONG4 of 2 GB', `\x8b${u32(0x7fffffff)}.`, 'bytes where 2147483647 more'],
    ['a frame that does not end', '\x95\xff\x00\x00\x00\x00\x00\x00\x00N.', 'a frame'],
    ['an empty memo', 'h\x07.', 'entry 7 of its memo'],
    ['an empty stack', '.', 'an empty stack'],
    ['a value from before the mark', 'N(0.', 'an empty stack'],
    ['an end without a mark', 't.', 'without its mark'],
    ['a key without a value', '}(Nu.', 'a key without a value'],
    ['an append to None', 'NNa.', 'an append to None'],
    ['a call of a number', 'K\x01)R.', 'a call of the number 1'],
    ['a call without parameters', 'cos\nx\nNR.', 'a call with None'],
    ['a name without an end', 'cos', 'a line without an end'],
    ['an unknown operation', '\xff.', 'the operation 0xff'],
    ['protocol 6', '\x80\x06N.', 'protocol 6'],
    ['a tensor over a list', 'ctorch._utils\n_rebuild_tensor_v2\n(]K\x00))\x89}tR.', 'a tensor over a list'],
    ['a persistent id that is a text', 'X\x01\x00\x00\x00aQ.', 'as a persistent id'],
    ['nothing but marks, ten million of them', '('.repeat(1e7), 'more than 4194304 operations'],
    ['no end', 'NNN', '0 bytes where 1 more'],
  ])('%s is refused', (_, text, found) => {
    const started = performance.now();
    const refuse = expect(() => parse(text));
    refuse.toThrow(BadInput);
    refuse.toThrow(found);
    expect(performance.now() - started).toBeLessThan(4000);
  });
});
