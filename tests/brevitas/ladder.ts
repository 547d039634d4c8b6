import { beforeAll, expect, test } from 'vitest';
import type { Agreement } from '../../src/verify/agree/agree.ts';
import { agreement, disagreements, mismatches, runCompiled, runFast, runOnGemmini, type Subject, summary, summaryHeader } from './rungs.ts';

/** What the tests of a file's subjects share. */
export interface Ladder {
  /** Filled before the first test. */
  readonly subjects: ReadonlyMap<string, Subject>;
  /** Rungs 2 and 3: how its integers agree with the framework's, as a row of the table too. A test fails where they do not. */
  agreementOf(subject: Subject): Promise<Agreement>;
  /** The tables of what has run, with `others` between them. */
  tables(others?: readonly string[]): string;
}

/**
 * Tests of the fast engine, compiled C and a core with a Gemmini for every name, on the subjects that `read` makes; one that is not among them is
 * skipped with what `absent` says of it.
 */
export function testRungs(
  names: readonly string[],
  read: () => Promise<readonly Subject[]>,
  absent = (name: string): string => `${name} was not read`,
): Ladder {
  const subjects = new Map<string, Subject>();
  const rows: string[] = [];
  let compiled: Awaited<ReturnType<typeof runCompiled>>;
  let onGemmini: Awaited<ReturnType<typeof runOnGemmini>>;
  beforeAll(async () => {
    for (const subject of await read()) subjects.set(subject.name, subject);
    compiled = await runCompiled([...subjects.values()]);
    onGemmini = await runOnGemmini([...subjects.values()]);
  });

  test.for(names)('%s: fast engine and compiled C compute what the reference engine does', async (name, { skip }) => {
    const subject = subjects.get(name) ?? skip(absent(name));
    expect(mismatches(subject.golden, await runFast(subject))).toEqual([]);
    expect(mismatches(subject.golden, compiled.get(name)!)).toEqual([]);
  });

  test.for(names)('%s: a core with a Gemmini computes what the reference engine does, every integer of every step', (name, { skip }) => {
    const { golden } = subjects.get(name) ?? skip(absent(name));
    const found = onGemmini.cases.get(name)!;
    expect(found).toHaveLength(2);
    expect(mismatches(golden.slice(0, 2), found)).toEqual([]);
  });

  return {
    subjects,
    async agreementOf(subject) {
      const found = await agreement(subject);
      rows.push(summary(subject.name, found));
      expect(disagreements(found)).toEqual([]);
      return found;
    },
    tables: (others = []) => [summaryHeader, ...rows, '', ...others, onGemmini.table].join('\n'),
  };
}
