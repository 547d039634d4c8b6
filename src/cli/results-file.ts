import { appendFile } from 'node:fs/promises';
import * as z from 'zod';
import { BadInput } from '../errors.ts';
import { kindOf, readText, withFileErrors, writeWhole } from '../formats/files.ts';
import type { Outcome } from '../verify/dataset.ts';

const outcome = z.object({
  image: z.string(),
  label: z.int(),
  classes: z.array(z.int()).optional(),
  skipped: z.string().optional(),
});

/** Outcomes that are kept on the way, so that an evaluation can go on where it was stopped. */
export interface Results {
  readonly before: readonly Outcome[];
  add(outcomes: readonly Outcome[]): Promise<void>;
}

const lines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

/**
 * A file of JSON lines: the first says `what` was computed, each further one is an outcome. Goes on with a file of the same first line, less a
 * last line that was not written whole; a BadInput for another file.
 */
export async function openResults(path: string, what: Readonly<Record<string, string>>): Promise<Results> {
  const before = (await kindOf(path)) === 'absent' ? [] : readLines(await readText(path), path, what);
  await writeWhole(path, lines([what, ...before]));
  return { before, add: (outcomes) => withFileErrors(path, () => appendFile(path, lines(outcomes))) };
}

/** What is wrong with a first line: that it is none, or what it says of other things. */
function foundIn(first: string, what: Readonly<Record<string, string>>): string {
  const other = described.safeParse(parsed(first)).data;
  if (other === undefined) return 'another file';
  const different = [...new Set([...Object.keys(what), ...Object.keys(other)])].filter((key) => what[key] !== other[key]);
  return `the results of another ${different.join(' and ')}`;
}

const described = z.record(z.string(), z.string());

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function readLines(text: string, where: string, what: Readonly<Record<string, string>>): Outcome[] {
  const [first = '', ...rest] = text.split('\n').slice(0, -1);
  if (first !== JSON.stringify(what)) {
    throw new BadInput({
      where,
      found: foundIn(first, what),
      expected: 'the results of this network with these options',
      remedy: 'name another file for the results',
    });
  }
  return rest.map((line, at) => {
    try {
      const { image, label, classes, skipped } = outcome.parse(JSON.parse(line));
      return { image, label, ...(classes && { classes }), ...(skipped !== undefined && { skipped }) };
    } catch {
      throw new BadInput({
        where: `${where}, line ${at + 2}`,
        found: 'no outcome',
        expected: 'a line of this file',
        remedy: 'delete the file',
      });
    }
  });
}
