import { thousands } from '../verify/units.ts';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Style = keyof typeof codes;

/** The text in a style, where colours are wanted. */
export const styled = (text: string, style: Style, colour: boolean): string => (colour ? `\x1b[${codes[style]}m${text}\x1b[0m` : text);

export interface Cell {
  readonly text: string | number;
  readonly style?: Style;
}
export type Row = readonly (string | number | Cell)[];

/** A text of someone else's, such as a file's name, that does to a terminal nothing but stand there. */
export const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?');

const cellOf = (value: string | number | Cell): Cell => (typeof value === 'object' ? value : { text: value });
const textOf = ({ text }: Cell): string => (typeof text === 'number' ? thousands(Number(text.toFixed(6))) : printable(text));
/** A share in per cent, such as `12.5 %`, is a number too. */
const isNumber = ({ text }: Cell): boolean => typeof text === 'number' || /^[\d.]+ %$/.test(text);
const width = (text: string): number => [...text].length;

/**
 * An aligned table with a line under its titles. A column whose cells are numbers is right-aligned; numbers get separators of thousands.
 * Empty strings are allowed among numbers. The result ends with a line feed.
 */
export function printTable(
  titles: readonly string[],
  rows: readonly Row[],
  { colour = false }: { readonly colour?: boolean } = {},
): string {
  const cells = rows.map((row) => row.map(cellOf));
  const columns = titles.map((title, column) => {
    const inside = cells.flatMap((row) => row[column] ?? []);
    const size = Math.max(width(title), ...inside.map((cell) => width(textOf(cell))));
    const numeric = inside.some(isNumber) && inside.every((cell) => isNumber(cell) || cell.text === '');
    return { size, numeric };
  });
  const line = (row: readonly Cell[]): string => {
    const printed = columns.map(({ size, numeric }, column) => {
      const cell = row[column] ?? { text: '' };
      const text = textOf(cell);
      const space = ' '.repeat(size - width(text));
      const shown = cell.style === undefined ? text : styled(text, cell.style, colour);
      return numeric ? space + shown : shown + space;
    });
    return printed.join('  ').trimEnd();
  };
  const header = line(titles.map((text): Cell => ({ text, style: 'bold' })));
  const rule = columns.map(({ size }) => '─'.repeat(size)).join('  ');
  return `${[header, styled(rule, 'dim', colour), ...cells.map(line)].join('\n')}\n`;
}
