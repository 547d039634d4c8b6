import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const checkout = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(checkout, path), 'utf8');
const filesOf = (room: string, ending: RegExp): string[] =>
  readdirSync(join(checkout, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => `${room}/${name}`);
const named = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.flatMap((path) => Array.from(read(path).matchAll(pattern), ([, name = '']) => name));

const ofProgram = new Set(named(filesOf('src', /\.ts$/), /\b(BITWRIGHT_\w+)/g));

/** Data that no command reads, and the Python with the older Brevitas. */
const ofTests = ['BUNDLES', 'IVIT', 'MODELS', 'PYTHON_0_12', 'REFERENCE', 'RISCV_TESTS'].map((name) => `BITWRIGHT_${name}`);

test('tests, pages and continuous integration name tools by the variables that the program reads', () => {
  const used = named(filesOf('tests', /\.ts$/), /process\.env\[['"](BITWRIGHT_\w+)['"]\]/g);
  const told = named(['README.md', '.ci/run', ...filesOf('docs', /\.md$/)], /\b(BITWRIGHT_\w+)/g);
  expect(ofProgram.size).toBeGreaterThan(3);
  expect(used.length).toBeGreaterThan(5);
  expect([...used, ...told].filter((name) => !ofProgram.has(name) && !ofTests.includes(name))).toEqual([]);
});
