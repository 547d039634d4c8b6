import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, frame, fromHex, hexWord, PacketReader, type Received, toHex, wordOfHex } from '../../../src/simulator/gdb/packets.ts';

const read = (...pieces: readonly string[]): Received[] => {
  const reader = new PacketReader();
  return pieces.flatMap((piece) => reader.push(bytesOf(piece)));
};

describe('packets', () => {
  it('carry a checksum, and escape what has a meaning', () => {
    expect(frame('OK')).toBe('$OK#9a');
    expect(frame('')).toBe('$#00');
    expect(frame('a#$}*')).toBe('$a}\x03}\x04}]}\n#c3');
  });

  it('are read in any pieces, between acknowledgements and interrupts', () => {
    const expected = [
      { kind: 'acknowledged' },
      { kind: 'packet', body: 'g' },
      { kind: 'interrupt' },
      { kind: 'refused' },
      { kind: 'packet', body: '?' },
    ];
    expect(read('+$g#67\x03-$?#3f')).toEqual(expected);
    expect(read('+$', 'g#', '6', '7\x03-', '$?#3', 'f')).toEqual(expected);
    expect(read('garbage$g#67')).toEqual([{ kind: 'packet', body: 'g' }]);
    expect(read('$g#67'.slice(0, 4))).toEqual([]);
  });

  it('with a wrong checksum are damaged', () => {
    expect(read('$g#68$g#67')).toEqual([{ kind: 'damaged' }, { kind: 'packet', body: 'g' }]);
  });

  it('give back every body', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(60), (bytes, cut) => {
        const body = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
        const sent = frame(body);
        expect(read(sent.slice(0, cut), sent.slice(cut))).toEqual([{ kind: 'packet', body }]);
      }),
    );
  });
});

it('hexadecimal digits are bytes in memory order', () => {
  expect(toHex(Uint8Array.of(1, 0xab))).toBe('01ab');
  expect([fromHex('01AB'), fromHex('1'), fromHex('zz')]).toEqual([Uint8Array.of(1, 0xab), undefined, undefined]);
  expect(hexWord(-2n, 32)).toBe('feffffff');
  expect(hexWord(0x80000000n, 64)).toBe('0000008000000000');
  expect([wordOfHex('0000008000000000'), wordOfHex('')]).toEqual([0x80000000n, undefined]);
});
