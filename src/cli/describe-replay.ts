import { printType } from '../numeric/tensor.ts';
import type { Judged, ReplayVerdict } from '../verify/deployment.ts';
import { isEqual } from '../verify/replay.ts';
import { plural, thousands } from '../verify/units.ts';
import { printTable, type Row, styled } from './table.ts';

const judgedCells = ({ elements, mismatches }: Judged): Row => [
  elements,
  { text: mismatches, ...(mismatches > 0 && { style: 'red' as const }) },
];

const placeOf = ({ first }: Judged): string =>
  first ? `sample ${first.sample}, element [${first.index.join(', ')}] is ${first.found}, not ${first.expected}` : '';

/** A row for the result of each call within a step, those that no memory holds last, and one line on all. */
export function describeReplay(verdict: ReplayVerdict, samples: number, colour: boolean): string {
  const { insides, lost, elements, mismatches, differing } = verdict;
  const kept = insides.map((inside): Row => [inside.name, printType(inside.type), ...judgedCells(inside), placeOf(inside)]);
  const others = lost.map(({ name, type, within, apart }): Row => {
    if (!apart) return [name, printType(type), '', '', `not kept: it is inside ${within}`];
    return [
      name,
      printType(type),
      ...judgedCells(apart),
      placeOf(apart) || `inside ${within}; here from firmware that computes call by call`,
    ];
  });
  const rows = [...kept, ...others];
  const told = rows.some((row) => row.at(-1) !== '') ? 5 : 4;
  const table = printTable(
    ['inside', 'type', 'elements', 'mismatches', ''].slice(0, told),
    rows.map((row) => row.slice(0, told)),
    { colour },
  );
  const apart = lost.filter((inside) => inside.apart).length;
  const calls = [
    `${plural(insides.length, 'call')} inside the steps`,
    ...(apart > 0 ? [`${thousands(apart)} more in firmware that computes call by call`] : []),
    ...(lost.length > apart ? [`${thousands(lost.length - apart)} not kept`] : []),
  ].join(', ');
  const counts = `${thousands(elements)} elements of ${plural(samples, 'sample')}, ${plural(mismatches, 'mismatch', 'mismatches')}`;
  const shipped = differing === 0 ? 'every step as in the firmware' : `${plural(differing, 'element')} of the steps not as in the firmware`;
  const all = `replay: ${calls}: ${counts}; ${shipped}`;
  return `${rows.length > 0 ? `${table}\n` : ''}${styled(all, isEqual(verdict) ? 'green' : 'red', colour)}\n`;
}
