import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/command.ts';
import { type Source, sourceOf, withModelOptions } from '../../src/cli/model-options.ts';
import { BadInput } from '../../src/errors.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-model-'));
  for (const [directory, file] of [
    ['bundle', 'bundle.json'],
    ['ares', 'network_info.json'],
    ['other', 'notes.txt'],
  ] as const) {
    mkdirSync(join(root, directory));
    writeFileSync(join(root, directory, file), '{}');
  }
});
afterAll(() => rmSync(root, { recursive: true }));

async function source(...argv: string[]): Promise<Source> {
  const command = withModelOptions(new Command()).exitOverride();
  command.parse(
    argv.map((word) => word.replace('ROOT', root)),
    { from: 'user' },
  );
  return sourceOf(command.processedArgs[0], command.opts());
}

describe('MODEL', () => {
  test.each(['bundle', 'ares'] as const)('is a %s by the file in its directory', async (kind) => {
    expect(await source(`ROOT/${kind}`)).toEqual({ kind, path: join(root, kind) });
  });

  test('is a .py file with its options, some of which repeat', async () => {
    const argv =
      '--model-file m.py --model-class M --sample a.npy --sample b.npy --init-kwarg n=3 --init-kwarg w=[1,2] --python p --checkpoint m.pth';
    expect(await source(...argv.split(' '))).toEqual({
      kind: 'python',
      file: 'm.py',
      modelClass: 'M',
      checkpoint: 'm.pth',
      samples: ['a.npy', 'b.npy'],
      inputShapes: [],
      initArguments: ['n=3', 'w=[1,2]'],
      python: 'p',
    });
    expect(await source('m.py', '--input-shape', '1,1,28,28', '--input-shape', '1,3')).toMatchObject({ inputShapes: ['1,1,28,28', '1,3'] });
  });

  test.each([
    [[], 'no model: name a bundle, an ARES directory, an I-ViT checkpoint, or a .py file'],
    [['a.py', '--model-file', 'b.py'], 'two models, a.py and b.py: name one'],
    [['ROOT/bundle', '--model-class', 'M'], /^--model-class belongs to a \.py model, and .*bundle is none$/],
    [['ROOT/ares', '--input-shape', '1,2'], /^--input-shape belongs to a \.py model/],
    [['a.py', '--input-shape', '1,0'], '--input-shape 1,0 is no list of sizes such as 1,1,28,28'],
    [['a.py', '--input-shape', '1x2'], /is no list of sizes/],
    [['a.py', '--init-kwarg', '3=n'], '--init-kwarg 3=n is not of the form name=value'],
  ])('%j is no command line that can be meant', async (argv, message) => {
    await expect(source(...argv)).rejects.toThrow(UsageError);
    await expect(source(...argv)).rejects.toThrow(message);
  });

  test.each([
    ['ROOT/absent', /absent: found no such file or directory, expected a bundle, an ARES directory, an I-ViT checkpoint, or a \.py file\./],
    ['ROOT/other', /other: found a directory without bundle\.json or network_info\.json/],
    ['ROOT/other/notes.txt', /notes\.txt: found a file, expected a bundle/],
  ])('%s is refused in a sentence', async (path, message) => {
    await expect(source(path)).rejects.toThrow(BadInput);
    await expect(source(path)).rejects.toThrow(message);
  });
});
