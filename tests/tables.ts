import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The rows of the first table behind a heading of a page, cell by cell, without its own heading. */
export function tableOf(page: string, heading: string): readonly (readonly string[])[] {
  const text = readFileSync(join(import.meta.dirname, '..', page), 'utf8');
  const start = text.indexOf(`${heading}\n`);
  if (start < 0) throw new Error(`${page} has no heading ${heading}`);
  const lines = text.slice(start).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, at) => at > first && !line.startsWith('|'));
  return lines.slice(first + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}
