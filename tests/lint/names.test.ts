import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { operators } from '../../src/operators/index.ts';
import { layers } from '../../src/operators/layers.ts';

const source = join(import.meta.dirname, '../../src');

/** Rooms that must ask and never name. A numeric style and a target's own kernels are not shared: they may know what they are for. */
const shared = ['program', 'network', 'lowering', 'engine', 'targets', 'verify', 'cli'];
const own = [/^lowering\/styles\//, /^targets\/\w+\/kernels\//];

const files = shared
  .flatMap((room) => readdirSync(join(source, room), { recursive: true, encoding: 'utf8' }).map((name) => `${room}/${name}`))
  .filter((name) => name.endsWith('.ts') && !own.some((pattern) => pattern.test(name)));

test('no shared file names an operator or a kind of layer', () => {
  expect(files.length).toBeGreaterThan(10);
  const naming = files.flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/(['"])([\w-]+)\1/g)]
      .filter(([, , word = '']) => operators.has(word) || layers.has(word))
      .map(([word]) => `${file}: ${word}`),
  );
  expect(naming).toEqual([]);
});
