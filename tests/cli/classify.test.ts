import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cacheDirectory } from '../../src/cli/file-cache.ts';
import { preprocessingNames } from '../../src/cli/picture-options.ts';
import { preprocessings } from '../../src/formats/images/preprocess.ts';
import { bitwright } from './bitwright.ts';

const model = ['--model', 'examples/vit-digits/checkpoint.pth.tar', '--heads', '2'];
const photo = 'tests/fixtures/images/420.jpg';
const other = 'tests/fixtures/images/cmyk.jpg';

let root: string;
const home = process.env['XDG_CACHE_HOME'];
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-classify-'));
  process.env['XDG_CACHE_HOME'] = root;
});
afterAll(() => {
  if (home === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = home;
  rmSync(root, { recursive: true, force: true });
});

const classified = async (...argv: readonly string[]) => {
  const { out, code } = await bitwright('classify', ...model, '--json', ...argv);
  expect(code).toBe(0);
  return JSON.parse(out);
};

test('prints rank, class, logit and probability of each picture', async () => {
  const { out } = await bitwright('classify', ...model, '--image', photo, other, '--top', '2');
  expect(out).toMatch(/^tests\/fixtures\/images\/420.jpg\nrank {2}class {2}label/);
  expect(out.match(/^ {3}[12] {2} +\d .* %$/gm)).toHaveLength(4);
  const { results } = await classified('--image', photo, '--top', '10');
  const probabilities = results[0].top.map(({ probability }: { probability: number }) => probability);
  expect(probabilities.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1, 12);
});

test('the host gives what the engine gives, and is built once for any number of pictures', async () => {
  const engine = await classified('--image', photo, other);
  const host = await classified('--image', photo, other, '--target', 'host');
  expect(host.results).toEqual(engine.results);
  const cache = cacheDirectory('firmware');
  const [file, ...rest] = readdirSync(cache);
  expect(rest).toEqual([]);
  const built = statSync(join(cache, file!)).ino;
  expect((await classified('--image', other, '--target', 'host')).results[0]).toEqual(engine.results[1]);
  expect(readdirSync(cache)).toEqual([file]);
  expect(statSync(join(cache, file!)).ino).toBe(built);
}, 120_000);

test('firmware that the cache cannot keep is built, and what does not compile says how to see why', async () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  process.env['XDG_CACHE_HOME'] = file;
  const host = await classified('--image', photo, '--target', 'host');
  const broken = await bitwright('classify', ...model, '--image', photo, '--target', 'host', '--cc', '/bin/false');
  process.env['XDG_CACHE_HOME'] = root;
  expect(host.results).toEqual((await classified('--image', photo)).results);
  expect(broken.note).toMatch(/ Run bitwright deploy with --out, and read the build\.log there\.\n$/);
}, 120_000);

test('a picture that is none and labels of another network end in a sentence', async () => {
  const file = join(root, 'lines');
  writeFileSync(file, 'one\ntwo\n');
  const none = await bitwright('classify', ...model, '--image', file);
  expect(none.note).toContain(`bitwright: ${file}: found no picture of these formats, expected JPEG, PNG, WebP. Convert it to PNG.\n`);
  const labels = await bitwright('classify', ...model, '--image', photo, '--labels', file);
  expect(labels.note).toContain('found 2 lines, expected a name for each of 10 classes');
});

test('labels are the lines of a file', async () => {
  const file = join(root, 'digits.txt');
  writeFileSync(file, 'zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n');
  const { results } = await classified('--image', photo, '--labels', file, '--top', '1');
  expect(results[0].top[0].label).toBe(
    ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'][results[0].top[0].class],
  );
});

test('a target that is not there is refused with those that are', async () => {
  const { note, code } = await bitwright('classify', ...model, '--image', photo, '--target', 'abacus');
  expect(note).toMatch(/'abacus' is invalid\. Allowed choices are engine, host/);
  expect(code).toBe(2);
});

test('--help names the preprocessings that there are', () => expect(preprocessingNames).toEqual(Object.keys(preprocessings)));
