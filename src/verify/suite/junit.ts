import type { SuiteOutcome } from './outcome.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text in an attribute; what XML 1.0 does not allow at all becomes a space. */
const escaped = (text: string): string =>
  Array.from(text, (character) => ((character.codePointAt(0) ?? 0) < 0x20 ? ' ' : (entities[character] ?? character))).join('');

/** What JUnit's readers call each way in which a network is not equal. */
const elementOf = { different: 'failure', failed: 'error', refused: 'skipped', 'not run': 'skipped' } as const;

const caseOf = (target: string, { id, name, status, reason = status, seconds }: SuiteOutcome): string => {
  const head = `  <testcase classname="${escaped(target)}" name="${escaped(`${id} ${name}`)}" time="${seconds.toFixed(3)}"`;
  return status === 'equal' ? `${head}/>` : `${head}><${elementOf[status]} message="${escaped(reason)}"/></testcase>`;
};

/** The outcomes as a file that continuous integration reads: a test case for each network. */
export function junitReport(target: string, outcomes: readonly SuiteOutcome[]): string {
  const count = (...statuses: readonly string[]): number => outcomes.filter(({ status }) => statuses.includes(status)).length;
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  const counts = `tests="${outcomes.length}" failures="${count('different')}" errors="${count('failed')}" skipped="${count('refused', 'not run')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="bitwright suite" ${counts} time="${seconds.toFixed(3)}">`,
    ...outcomes.map((outcome) => caseOf(target, outcome)),
    '</testsuite>',
    '',
  ].join('\n');
}
