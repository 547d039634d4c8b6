import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { elements, tensor } from '../src/numeric/tensor.ts';
import type { Store } from '../src/numeric/text.ts';

/** What a file of tests/filetests says: which pipeline runs, its input, and the output that is expected. */
const form = /^(test (\S+)\n(?:#.*\n)*)([\s\S]*?)\n----\n([\s\S]*)$/;

/**
 * One test for each *.txt of tests/filetests/<folder>. `BLESS=1` rewrites the expected outputs, and git diff shows what changed. An error's
 * sentence is output like any other, so bad input is tested in the same files.
 */
export function fileTests(folder: string, pipelines: Readonly<Record<string, (input: string) => string>>): void {
  const directory = join(import.meta.dirname, 'filetests', folder);
  const files = readdirSync(directory).filter((name) => name.endsWith('.txt'));
  test(`${folder} has file tests`, () => expect(files.length).toBeGreaterThan(0));
  test.each(files.toSorted())('%s', (file) => {
    const path = join(directory, file);
    const [, head = '', name = '', input = '', expected] = form.exec(readFileSync(path, 'utf8')) ?? [];
    const pipeline = pipelines[name] ?? expect.fail(`${file}: no pipeline "${name}"`);
    const output = outcome(() => pipeline(input));
    if (process.env['BLESS']) writeFileSync(path, `${head}${input}\n----\n${output}`);
    else expect(output).toBe(expected);
  });
}

function outcome(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return `error: ${(error as Error).message}\n`;
  }
}

/** Stands in for stored constants in texts written by hand: any name in the place of a hash is a tensor of ones. */
export const onesStore: Store = {
  put: ({ data }) => `stored:${data.length}`,
  get: (_hash, type) => tensor(type, new Array<number>(elements(type.shape)).fill(1)),
};
