// npm run bench [-- --only NAME] [-- --json FILE]: measures every row of bench/rows/, exit code 1 when a bar is missed.
//
// A module in bench/rows/ exports an array of rows: { name, bar?, measure }. `measure` gives { value, unit, peer, peerValue }, or
// { absent } with a sentence where its peer is not installed. The ratio is value / peerValue; `bar` limits it: '>= 10' or '<= 3'.
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { printTable } from '../dist/cli/table.js';

const { values: options } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });

const folder = new URL('rows/', import.meta.url);
const modules = await Promise.all(
  readdirSync(folder)
    .filter((name) => name.endsWith('.mjs'))
    .sort()
    .map((name) => import(new URL(name, folder))),
);
const chosen = modules.flatMap(({ rows }) => rows).filter(({ name }) => name.includes(options.only ?? ''));
if (chosen.length === 0) {
  process.stderr.write(`bench: no row is named ${options.only}\n`);
  process.exit(2);
}

/** Whether a ratio meets a bar such as '>= 0.85'; a row without a bar, or without its peer, misses none. */
function meets(ratio, bar) {
  if (bar === undefined || ratio === undefined) return true;
  const [relation, limit] = bar.split(' ');
  return relation === '>=' ? ratio >= Number(limit) : ratio <= Number(limit);
}

const rows = [];
for (const { name, bar, measure } of chosen) {
  process.stderr.write(`${name} ...\n`);
  const measured = await measure();
  const ratio = measured.peerValue === undefined ? undefined : measured.value / measured.peerValue;
  rows.push({ name, ...measured, ratio, bar });
}

const round = (value) => (value === undefined ? '' : Number(value.toPrecision(4)));
const verdict = ({ ratio, bar, absent }) => {
  if (absent !== undefined) return { text: absent, style: 'dim' };
  if (bar === undefined) return '';
  return meets(ratio, bar) ? { text: 'met', style: 'green' } : { text: 'MISSED', style: 'red' };
};
const line = (row) => [
  row.name,
  round(row.value),
  row.unit ?? '',
  row.peer ?? '',
  round(row.peerValue),
  round(row.ratio),
  row.bar ?? '',
  verdict(row),
];
const titles = ['name', 'value', 'unit', 'peer', 'peer value', 'ratio', 'bar', ''];
process.stdout.write(printTable(titles, rows.map(line), { colour: process.stdout.isTTY && !process.env.NO_COLOR }));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ rows }, null, 2)}\n`);
if (rows.some(({ ratio, bar }) => !meets(ratio, bar))) process.exitCode = 1;
