import { appendFileSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bitwright } from './bitwright.ts';

const model = ['examples/vit-digits/checkpoint.pth.tar', '--heads', '2'];
const pictures = ['444.jpg', '420.jpg', 'cmyk.jpg', 'rgb.png', 'lossy.webp', 'grey.jpg'];
const folder = 'tests/fixtures/images';

let root: string;
let dataset: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-dataset-'));
  dataset = join(root, 'numbers');
  for (const name of ['0', '3']) {
    mkdirSync(join(dataset, name), { recursive: true });
    for (const picture of pictures) copyFileSync(join(folder, picture), join(dataset, name, picture));
  }
  copyFileSync(join(folder, 'truncated.jpg'), join(dataset, '3', 'truncated.jpg'));
  writeFileSync(join(dataset, '3', 'notes.txt'), 'no picture');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const evaluated = async (...argv: readonly string[]) => {
  const { out, code } = await bitwright('evaluate', ...model, '--json', ...argv);
  expect(code).toBe(0);
  const { seconds, ...result } = JSON.parse(out);
  return result;
};

test('the accuracy is what classify says of each picture, whatever the number of threads', async () => {
  const shown = await bitwright('classify', '--model', ...model, '--json', '--image', ...pictures.map((name) => join(folder, name)));
  const ranks: number[][] = JSON.parse(shown.out).results.map(({ top }: { top: { class: number }[] }) => top.map((found) => found.class));
  const alone = await evaluated('--dataset', dataset, '--workers', '1');
  const right = (label: number) => ranks.filter(([first]) => first === label).length;
  expect(alone).toMatchObject({
    samples: 12,
    top1: right(0) + right(3),
    top5: ranks.filter((rank) => rank.includes(0)).length + ranks.filter((rank) => rank.includes(3)).length,
    computed: 13,
  });
  expect(alone.skipped).toEqual([{ image: '3/truncated.jpg', reason: expect.stringContaining('a picture that cannot be decoded') }]);
  expect(alone.worst.map(({ samples }: { samples: number }) => samples)).toEqual([6, 6]);
  expect(await evaluated('--dataset', dataset, '--workers', '2')).toEqual(alone);
});

test.each(['host', 'gemmini'])('on %s it is what the engine finds', async (target) => {
  const few = ['--dataset', dataset, '--num-samples', '4'];
  expect(await evaluated(...few, '--target', target)).toEqual({ ...(await evaluated(...few)), target });
});

test('goes on where it was stopped, even in the middle of a line', async () => {
  const results = join(root, 'results.jsonl');
  const whole = await evaluated('--dataset', dataset, '--results', results);
  const lines = readFileSync(results, 'utf8').split('\n');
  expect(lines).toHaveLength(15);
  writeFileSync(results, `${lines.slice(0, 6).join('\n')}\n`);
  appendFileSync(results, lines[6]!.slice(0, 20));
  expect(await evaluated('--dataset', dataset, '--results', results)).toEqual({ ...whole, computed: 8 });
  const { note } = await bitwright('evaluate', ...model, '--dataset', dataset, '--results', results, '--preprocess', 'square-bilinear');
  expect(note).toContain('found the results of another preprocess, expected the results of this network with these options');
  const moved = join(root, 'moved');
  cpSync(dataset, moved, { recursive: true });
  const elsewhere = await bitwright('evaluate', ...model, '--dataset', moved, '--results', results);
  expect(elsewhere.note).toContain('found the results of another dataset');
  writeFileSync(results, 'a diary\n');
  expect((await bitwright('evaluate', ...model, '--dataset', dataset, '--results', results)).note).toContain('found another file');
  expect(readFileSync(results, 'utf8')).toBe('a diary\n');
});

test('hidden folders and links to files are no classes, links to folders are', async () => {
  const linked = join(root, 'linked');
  mkdirSync(join(linked, '.cache'), { recursive: true });
  symlinkSync(join(dataset, '3'), join(linked, '3'));
  symlinkSync(join(dataset, '3', 'notes.txt'), join(linked, 'notes.txt'));
  symlinkSync(join(root, 'nowhere'), join(linked, 'nowhere'));
  expect(await evaluated('--dataset', linked)).toMatchObject({ samples: 6 });
});

test('of folders that say no class one such is named', async () => {
  const mixed = join(root, 'mixed');
  for (const name of ['0', '1', 'other']) mkdirSync(join(mixed, name), { recursive: true });
  copyFileSync(join(folder, '420.jpg'), join(mixed, '0', '420.jpg'));
  const { note, code } = await bitwright('evaluate', ...model, '--dataset', mixed);
  expect(note).toContain('found 3 folders, such as other, expected folders named by the numbers of 10 classes');
  expect(code).toBe(1);
});

test('as many folders as classes are counted in the order of their names, others are refused', async () => {
  const named = join(root, 'named');
  for (let digit = 0; digit < 10; digit++) {
    mkdirSync(join(named, `digit-${digit}`), { recursive: true });
    copyFileSync(join(folder, '420.jpg'), join(named, `digit-${digit}`, 'one.JPG'));
  }
  expect(await evaluated('--dataset', named)).toMatchObject({ samples: 10, top1: 1, top5: 5 });
  expect(await evaluated('--dataset', named, '--num-samples', '4')).toMatchObject({ samples: 4 });
  rmSync(join(named, 'digit-7'), { recursive: true });
  const { note, code } = await bitwright('evaluate', ...model, '--dataset', named);
  expect(note).toContain('found 9 folders, such as digit-0, expected folders named by the numbers of 10 classes');
  expect(code).toBe(1);
});

test('grey pictures in an array: 593 of the 599 digits; 20 of them on Gemmini too', async () => {
  const files = ['--images', 'examples/vit-digits/heldout_images.npy', '--labels', 'examples/vit-digits/heldout_labels.npy'];
  expect(await evaluated(...files, '--white', '16')).toMatchObject({ samples: 599, top1: 593 });
  const few = ['--white', '16', '--num-samples', '20'];
  const engine = await evaluated(...files, ...few);
  expect(engine).toMatchObject({ samples: 20, top1: 20 });
  expect(await evaluated(...files, ...few, '--target', 'gemmini')).toEqual(engine);
}, 120_000);

test('--dataset and --images at once, or neither, cannot be meant', async () => {
  const both = await bitwright('evaluate', ...model, '--dataset', dataset, '--images', 'x.npy');
  const none = await bitwright('evaluate', ...model);
  expect([both.code, none.code]).toEqual([2, 2]);
});

test('options of samples that are not there are refused: they would change nothing', async () => {
  const idle = (...argv: readonly string[]) => bitwright('evaluate', ...model, ...argv);
  expect(await idle('--dataset', dataset, '--divide', '16')).toMatchObject({ code: 2, note: 'bitwright: --divide is for --images\n' });
  expect(await idle('--dataset', dataset, '--engine', 'fast')).toMatchObject({ code: 2, note: 'bitwright: --engine is for --images\n' });
  const arrays = ['--images', 'x.npy', '--labels', 'y.npy'];
  expect(await idle(...arrays, '--results', 'z')).toMatchObject({ code: 2, note: 'bitwright: --results is for --dataset\n' });
});
