import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import { readLines } from '../../src/formats/dwarf.ts';
import { parseElf } from '../../src/formats/elf.ts';

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../fixtures/formats/elf/${name}.elf`, import.meta.url)));

describe.each([
  { name: 'rv64', bits: 64, entry: 0x8000_124c, twice: { address: 0x8000_126c, size: 42 }, result: 0x8000_2298 },
  { name: 'rv32', bits: 32, entry: 0x8000_000c, twice: { address: 0x8000_0000, size: 12 }, result: 0x8000_0020 },
] as const)('the program $name', ({ name, bits, entry, twice, result }) => {
  const elf = parseElf(fixture(name), `${name}.elf`);

  it('has its width, its entry and the instruction set that the compiler noted', () => {
    expect(elf).toMatchObject({ bits, entry, kind: 'executable' });
    expect(elf.isa).toMatch(new RegExp(`^rv${bits}i2p1_m2p0_a2p1`));
  });

  it('has the symbols of its functions and variables, sorted by address', () => {
    const byName = new Map(elf.symbols.map((symbol) => [symbol.name, symbol]));
    expect(byName.get('twice')).toEqual({ name: 'twice', kind: 'function', ...twice });
    expect(byName.get('_start')).toMatchObject({ kind: 'function', address: entry });
    expect(byName.get('result')).toEqual({ name: 'result', kind: 'object', address: result, size: 4 });
    expect(elf.symbols.map(({ address }) => address)).toEqual(elf.symbols.map(({ address }) => address).sort((a, b) => a - b));
  });

  it('has segments that hold its code and the memory of its variables', () => {
    const holds = (address: number, size: number) =>
      elf.segments.find((segment) => segment.address <= address && address + size <= segment.address + segment.size);
    expect(holds(twice.address, twice.size)).toMatchObject({ executable: true });
    expect(holds(result, 4)).toMatchObject({ writable: true });
  });

  it('says which source line an address belongs to', () => {
    const lines = readLines(elf, name);
    expect(lines(twice.address + 4)).toMatchObject({ file: expect.stringMatching(/twice\.c$/), line: bits === 64 ? 3 : 4 });
    expect(lines(entry)).toMatchObject({ line: 8 });
    expect(lines(0x1000)).toBeUndefined();
    expect(lines(0x9000_0000)).toBeUndefined();
  });
});

/** What reading it gives: nothing, or the sentence of the refusal. Any other error is a defect. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    const elf = parseElf(bytes, 'x.elf');
    readLines(elf, 'x.elf')(elf.entry);
    return undefined;
  } catch (error) {
    if (error instanceof BadInput) return error.message;
    throw error;
  }
}

describe('a file that is no RISC-V program', () => {
  const changed = (changes: Readonly<Record<number, number>>): Uint8Array => {
    const bytes = fixture('rv64');
    for (const [offset, value] of Object.entries(changes)) bytes[Number(offset)] = value;
    return bytes;
  };
  it.each([
    ['empty', new Uint8Array(0), 'x.elf: found no ELF signature at its start, expected a RISC-V ELF file'],
    ['a text', new TextEncoder().encode('#!/bin/sh\n'), 'found no ELF signature'],
    ['only a signature', fixture('rv64').subarray(0, 4), 'found 0 bytes where 1 more are needed'],
    ['cut in its header', fixture('rv64').subarray(0, 40), 'more are needed, expected data that ends where it says'],
    ['cut in its tables', fixture('rv64').subarray(0, 2500), 'more are needed'],
    ['of a strange class', changed({ 4: 3 }), 'found ELF class 3'],
    ['big-endian', changed({ 5: 2 }), 'found big-endian data, expected little-endian data'],
    ['a core dump', changed({ 16: 4 }), 'found ELF type 4'],
    ['of x86-64', changed({ 18: 62 }), 'found a program for machine 62, expected one for RISC-V (243)'],
    ['of odd program headers', changed({ 54: 57 }), 'found a program header of 57 bytes, expected one of 56'],
    ['of a header table beyond the file', changed({ 35: 1 }), 'more are needed'],
  ])('%s is refused in one sentence', (_, bytes, sentence) => {
    expect(refusal(bytes)).toContain(sentence);
  });
});

describe.each(['rv64', 'rv32'])('mutated files of %s', (name) => {
  it('are read or refused, and never anything else', () => {
    const original = fixture(name);
    const change = fc.record({ offset: fc.nat(original.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(original.length), fc.boolean(), (changes, cut, whole) => {
        const bytes = original.slice(0, whole ? original.length : cut);
        for (const { offset, value } of changes) if (offset < bytes.length) bytes[offset] = value;
        refusal(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});
