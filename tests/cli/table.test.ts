import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { printTable, styled } from '../../src/cli/table.ts';

test('a table aligns text to the left and numbers to the right', () => {
  const table = printTable(
    ['step', 'shape', 'MACs', 'cycles'],
    [
      ['conv1', '1×16×28×28', 112896, 10.5],
      ['größe', '', '', 123456.75],
    ],
  );
  expect(table).toBe(
    [
      'step   shape          MACs      cycles',
      '─────  ──────────  ───────  ──────────',
      'conv1  1×16×28×28  112,896        10.5',
      'größe                       123,456.75',
      '',
    ].join('\n'),
  );
});

test('a table without rows is its titles', () => {
  expect(printTable(['a', 'bc'], [])).toBe('a  bc\n─  ──\n');
});

test('styles do not disturb the alignment, and appear only where colours are wanted', () => {
  const rows = [
    [{ text: 0, style: 'green' }, 'x'],
    [{ text: 1234, style: 'red' }, 'y'],
  ] as const;
  expect(printTable(['differ', 'n'], rows)).toBe('differ  n\n──────  ─\n     0  x\n 1,234  y\n');
  const coloured = printTable(['differ', 'n'], rows, { colour: true });
  expect(coloured).toContain('     \x1b[32m0\x1b[0m  x\n');
  expect(stripVTControlCharacters(coloured)).toBe(printTable(['differ', 'n'], rows));
  expect(styled('x', 'bold', false)).toBe('x');
});

test('what a file is called neither breaks the table nor reaches the terminal as a command', () => {
  expect(printTable(['name'], [['\x1b[31mred\nline']])).toBe(`name\n${'─'.repeat(13)}\n?[31mred?line\n`);
});
