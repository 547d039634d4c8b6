import type { SuiteOutcome, SuiteStatus } from '../verify/suite/outcome.ts';
import { plural } from '../verify/units.ts';
import { printTable, type Row, type Style, styled } from './table.ts';

const styles = { equal: 'green', different: 'red', refused: 'yellow', failed: 'red', 'not run': 'yellow' } as const satisfies Readonly<
  Record<SuiteStatus, Style>
>;

export const statusCell = (status: SuiteStatus): { readonly text: string; readonly style: Style } => ({
  text: status.toUpperCase(),
  style: styles[status],
});

function agreement({ figures }: SuiteOutcome): string {
  const framework = figures?.framework;
  if (!framework) return '';
  const { agrees, exceptions, values, differ } = framework;
  const equal = `${((100 * (values - differ)) / Math.max(1, values)).toFixed(3)} %`;
  return `${agrees ? 'agrees' : 'does not agree'}, ${exceptions === 0 ? 'no exception' : plural(exceptions, 'exception')}, ${equal} equal end to end`;
}

/** Such as `256 of 256 as the framework; 244 right, the framework 244`. */
function classification({ figures }: SuiteOutcome): string {
  const classes = figures?.classes;
  if (!classes) return '';
  const { samples, same, right } = classes;
  return `${same} of ${samples} the same${right ? `; ${right.integers} right, there ${right.framework}` : ''}`;
}

const rowOf = (outcome: SuiteOutcome): Row => {
  const { id, name, status, figures, seconds } = outcome;
  return [
    id,
    name,
    statusCell(status),
    figures?.operators ?? '',
    figures?.macs ?? '',
    figures?.parameters ?? '',
    figures?.memory?.peak ?? '',
    figures?.memory ? `${((100 * figures.memory.peak) / Math.max(1, figures.memory.lowerBound)).toFixed(1)} %` : '',
    figures?.cycles ?? '',
    figures?.elements ?? '',
    figures ? { text: figures.mismatches, ...(figures.mismatches > 0 && { style: 'red' as const }) } : '',
    agreement(outcome),
    classification(outcome),
    Number(seconds.toFixed(1)),
  ];
};

const titles = [
  '',
  'network',
  'status',
  'operators',
  'MACs',
  'parameters',
  'peak memory',
  'of the bound',
  'cycles',
  'integers',
  'mismatches',
];

/** The table, why a network is not equal, and one line on all. */
export function describeSuite(target: string, outcomes: readonly SuiteOutcome[], seconds: number, colour: boolean): string {
  const count = (status: SuiteStatus): number => outcomes.filter((outcome) => outcome.status === status).length;
  const others = (Object.keys(styles) as SuiteStatus[]).filter((status) => status !== 'equal' && count(status) > 0);
  const reasons = outcomes.flatMap(({ id, status, reason }) => (reason === undefined ? [] : [`${id} ${status}: ${reason}\n`]));
  const verdict = [
    `${count('equal')} of ${plural(outcomes.length, 'network')} equal on ${target}`,
    ...others.map((status) => `${count(status)} ${status}`),
  ];
  const table = printTable([...titles, 'source framework', 'classes', 's'], outcomes.map(rowOf), { colour });
  const all = styled(verdict.join(', '), count('different') + count('failed') === 0 ? 'green' : 'red', colour);
  return `${table}\n${reasons.join('')}${reasons.length > 0 ? '\n' : ''}${all} (${seconds.toFixed(1)} s)\n`;
}
