import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const checkout = join(import.meta.dirname, '../..');
const sources = ['src', 'kernels', 'tests', 'tools'].flatMap((room) =>
  readdirSync(join(checkout, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs|c|h|S|py)$/.test(name))
    .map((name) => `${room}/${name}`),
);
const pages = new Set(['README.md', ...readdirSync(join(checkout, 'docs'))]);

test('every page that a source names is there', () => {
  const named = sources.flatMap((path) =>
    Array.from(readFileSync(join(checkout, path), 'utf8').matchAll(/[\w-]+\.md\b/g), ([page]) => ({ path, page })),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ page }) => !pages.has(page))).toEqual([]);
});
