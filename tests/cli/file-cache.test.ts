import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheDirectory, fileCache } from '../../src/cli/file-cache.ts';
import { translationCache } from '../../src/cli/translation-cache.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bitwright-file-cache-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));
const folder = () => cacheDirectory('things', { XDG_CACHE_HOME: home });
const cache = (version = '') => fileCache(folder(), () => version);
const files = () => readdirSync(folder()).map((name) => join(folder(), name));
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i & 255);

test('what is kept under a name is found there, by later processes too, and under no other', () => {
  cache().keep('a', bytesOf(1000));
  cache().keep('b', bytesOf(10));
  expect(Uint8Array.from(cache().find('a')!)).toEqual(bytesOf(1000));
  expect(Uint8Array.from(cache().find('b')!)).toEqual(bytesOf(10));
  expect(cache().find('c')).toBeUndefined();
  expect(cache('new').find('a')).toBeUndefined();
  cache().keep('a', bytesOf(3));
  expect(Uint8Array.from(cache().find('a')!)).toEqual(bytesOf(3));
  expect(files()).toHaveLength(2);
});

test('a file with one byte changed, or cut short, counts as absent', () => {
  cache().keep('a', bytesOf(200));
  const [file] = files();
  const good = readFileSync(file!);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at & 7);
    writeFileSync(file!, bad);
    expect(cache().find('a'), `byte ${at}`).toBeUndefined();
  }
  for (const length of [0, 31, 32, 100]) {
    writeFileSync(file!, good.subarray(0, length));
    expect(cache().find('a')).toBeUndefined();
  }
  writeFileSync(file!, good);
  expect(cache().find('a')).toBeDefined();
});

test('a directory that cannot be is as good as an empty one', () => {
  writeFileSync(dirname(folder()), '');
  cache().keep('a', bytesOf(3));
  expect(cache().find('a')).toBeUndefined();
});

test('beyond its room it forgets what was not used for the longest time, and folders', () => {
  const size = 40 << 20;
  mkdirSync(join(folder(), 'folder', 'inside'), { recursive: true });
  for (const name of ['old', 'used', 'new']) {
    cache().keep(name, new Uint8Array(size));
    for (const file of files()) utimesSync(file, new Date(), new Date(statSync(file).mtimeMs - 60_000));
  }
  expect(cache().find('old')).toBeDefined();
  cache().keep('newest', new Uint8Array(size));
  expect(files()).toHaveLength(3);
  expect(['old', 'used', 'new', 'newest'].map((name) => cache().find(name) !== undefined)).toEqual([true, false, true, true]);
});

test('what another process removes meanwhile is found whole or not at all', async () => {
  mkdirSync(folder(), { recursive: true });
  const remove = 'for (;;) for (const name of fs.readdirSync(folder)) fs.rmSync(folder + "/" + name, { force: true });';
  const other = spawn(process.execPath, ['-e', `const folder = process.argv[1]; process.stdout.write("!"); ${remove}`, folder()]);
  await new Promise((resolve) => other.stdout.once('data', resolve));
  try {
    const bytes = bytesOf(10_000);
    for (let i = 0; i < 500; i++) {
      cache().keep('a', bytes);
      const found = cache().find('a');
      expect(found === undefined || Buffer.from(bytes).equals(found)).toBe(true);
    }
  } finally {
    other.kill();
  }
});

test('translated code lies in such a cache', () => {
  const translations = () => translationCache({ XDG_CACHE_HOME: home });
  translations().keep('a', bytesOf(10));
  expect(Uint8Array.from(translations().find('a')!)).toEqual(bytesOf(10));
  expect(readdirSync(cacheDirectory('translations', { XDG_CACHE_HOME: home }))).toHaveLength(1);
});
