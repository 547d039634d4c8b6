import type { SuiteFigures, SuiteOutcome, SuiteStatus } from '../verify/suite/outcome.ts';
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

type SuiteCell = Row[number];
type Column = readonly [title: string, cell: (outcome: SuiteOutcome) => SuiteCell];

/** A column of what is known of a network that has run. */
const known = (title: string, cell: (figures: SuiteFigures) => SuiteCell | undefined): Column => [
  title,
  ({ figures }) => (figures && cell(figures)) ?? '',
];

const mismatchCell = (mismatches: number): SuiteCell => ({ text: mismatches, ...(mismatches > 0 && { style: 'red' as const }) });

const columns: readonly Column[] = [
  ['', ({ id }) => id],
  ['network', ({ name }) => name],
  ['status', ({ status }) => statusCell(status)],
  known('operators', ({ operators }) => operators),
  known('MACs', ({ macs }) => macs),
  known('parameters', ({ parameters }) => parameters),
  known('peak memory', ({ memory }) => memory?.peak),
  known('of the bound', ({ memory }) => memory && `${((100 * memory.peak) / Math.max(1, memory.lowerBound)).toFixed(1)} %`),
  known('cycles', ({ cycles }) => cycles),
  known('integers', ({ elements }) => elements),
  known('mismatches', ({ mismatches }) => mismatchCell(mismatches)),
  known('inside', ({ replay }) => replay?.insides),
  known('call by call', ({ replay }) => replay?.apart || undefined),
  known('not kept', ({ replay }) => replay?.lost || undefined),
  known('integers inside', ({ replay }) => replay?.elements),
  known('mismatches inside', ({ replay }) => replay && mismatchCell(replay.mismatches)),
  ['source framework', agreement],
  ['classes', classification],
  ['s', ({ seconds }) => Number(seconds.toFixed(1))],
];

/** The table without columns of which nothing is known, why a network is not equal, and one line on all. */
export function describeSuite(target: string, outcomes: readonly SuiteOutcome[], seconds: number, colour: boolean): string {
  const count = (status: SuiteStatus): number => outcomes.filter((outcome) => outcome.status === status).length;
  const others = (Object.keys(styles) as SuiteStatus[]).filter((status) => status !== 'equal' && count(status) > 0);
  const reasons = outcomes.flatMap(({ id, status, reason }) => (reason === undefined ? [] : [`${id} ${status}: ${reason}\n`]));
  const verdict = [
    `${count('equal')} of ${plural(outcomes.length, 'network')} equal on ${target}`,
    ...others.map((status) => `${count(status)} ${status}`),
  ];
  const told = columns.filter(([, cell]) => outcomes.some((outcome) => cell(outcome) !== ''));
  const rows = outcomes.map((outcome) => told.map(([, cell]) => cell(outcome)));
  const table = printTable(
    told.map(([title]) => title),
    rows,
    { colour },
  );
  const all = styled(verdict.join(', '), count('different') + count('failed') === 0 ? 'green' : 'red', colour);
  return `${table}\n${reasons.join('')}${reasons.length > 0 ? '\n' : ''}${all} (${seconds.toFixed(1)} s)\n`;
}
