import { expect, test } from 'vitest';
import type { ElfSymbol } from '../../src/formats/elf.ts';
import { SymbolTable } from '../../src/simulator/symbols.ts';

const symbol = (name: string, address: number, size: number, kind: ElfSymbol['kind'] = 'function'): ElfSymbol => ({
  name,
  address,
  size,
  kind,
});

test('labels inside a function are places of the function, however many there are', () => {
  const labels = Array.from({ length: 9 }, (_, i) => symbol(`.L${i}`, 0x110 + 2 * i, 0, 'other'));
  const section = { name: '.text', address: 0x100, size: 0x80, executable: true, data: new Uint8Array(0x80) };
  const symbols = [symbol('outer', 0x100, 0x40), ...labels, symbol('start', 0x140, 0, 'other'), symbol('next', 0x160, 0x20)];
  const table = new SymbolTable({ symbols, sections: [section] });
  const at = (address: number): string => `${table.at(address)?.symbol.name}+${table.at(address)?.offset}`;
  expect([0x100, 0x112, 0x13e, 0x140, 0x15e, 0x160].map(at)).toEqual(['outer+0', 'outer+18', 'outer+62', 'start+0', 'start+30', 'next+0']);
  expect(table.find('.L3')?.address).toBe(0x116);
});
