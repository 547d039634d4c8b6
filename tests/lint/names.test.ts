import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { operators } from '../../src/operators/index.ts';
import { layers } from '../../src/operators/layers.ts';

const source = join(import.meta.dirname, '../../src');

/** Rooms that must ask and never name. A numeric style and a target's own kernels are not shared: they may know what they are for. */
const shared = ['program', 'network', 'lowering', 'engine', 'targets', 'verify'];
const own = [/^lowering\/styles\//, /^targets\/\w+\/kernels\//];

const files = shared
  .flatMap((room) => readdirSync(join(source, room), { recursive: true, encoding: 'utf8' }).map((name) => `${room}/${name}`))
  .filter((name) => name.endsWith('.ts') && !own.some((pattern) => pattern.test(name)));

const names = (word: string): boolean => operators.has(word) || layers.has(word);
const matches = (file: string, pattern: RegExp): string[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(pattern)]
    .filter(([, word = '']) => names(word))
    .map(([found]) => `${file}: ${found}`);

test('no shared file names an operator or a kind of layer', () => {
  expect(files.length).toBeGreaterThan(10);
  expect(files.flatMap((file) => matches(file, /['"]([\w-]+)['"]/g))).toEqual([]);
});

test('no command compares anything with the name of an operator or a kind of layer', () => {
  const commands = readdirSync(join(source, 'cli'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.flatMap((file) => matches(`cli/${file}`, /(?:[=!]==|case) ['"]([\w-]+)['"]/g))).toEqual([]);
});
