import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { assemble, assemblyOf } from '../timing/program.ts';
import { rows } from './rows.ts';
import { type GemminiRow, measure } from './timing.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const table = path('docs/gemmini-machine.md');

/** Cycles on the RTL, by program, latency of the memory and what is measured. */
const rtl = new Map<string, number>(
  readFileSync(path('tests/fixtures/timing/gemmini.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, program, latency, quoted, plain, cycles] = /^([^,]*),(\d+),(?:"([^"]*)"|([^,]*)),(.*)$/.exec(line) ?? [];
      return [`${program} ${latency} ${quoted ?? plain}`, Number(cycles)] as const;
    }),
);
const keyOf = ({ program, latency, what }: GemminiRow): string => `${program} ${latency} ${what}`;
const programOf = ({ program, latency }: GemminiRow): string => `${program} ${latency}`;
const programs = [...new Set(rows.map(programOf))];
const measured = new Map<string, number>();

describe('gemmini takes as long as the RTL', () => {
  test.each(programs)('each measurement of %s within 10 %, and on every engine the same', (program) => {
    const group = rows.filter((row) => programOf(row) === program);
    const elf = assemble(assemblyOf(group, ''));
    const cycles = measure(elf, group, group[0]!.latency, 'interpreter');
    for (const engine of ['structured', 'block'] as const) expect(measure(elf, group, group[0]!.latency, engine)).toEqual(cycles);
    for (const [i, row] of group.entries()) {
      measured.set(keyOf(row), cycles[i]!);
      const expected = rtl.get(keyOf(row)) ?? expect.fail(`the fixture has no row ${keyOf(row)}`);
      expect(Math.abs(cycles[i]! / expected - 1), `${row.what}: ${cycles[i]} instead of ${expected}`).toBeLessThanOrEqual(0.1);
    }
  });

  test('on average within 3 %, and the documentation has every row', () => {
    const lines = rows.map((row) => {
      const [expected, cycles] = [rtl.get(keyOf(row))!, measured.get(keyOf(row))!];
      return `| ${row.what} | ${row.latency} | ${expected} | ${cycles} | ${(100 * (cycles / expected - 1)).toFixed(1)} % |`;
    });
    const errors = rows.map((row) => Math.abs(measured.get(keyOf(row))! / rtl.get(keyOf(row))! - 1));
    const mean = Math.exp(errors.reduce((sum, error) => sum + Math.log1p(error), 0) / errors.length) - 1;
    expect(mean).toBeLessThan(0.03);
    const [head] = readFileSync(table, 'utf8').split('\n\n| measured');
    const text = `${head}\n\n| measured | memory latency | RTL | here | difference |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n\nGeometric mean of the ${rows.length} differences: ${(100 * mean).toFixed(2)} %.\n`;
    if (process.env['BLESS']) writeFileSync(table, text);
    else expect(text).toBe(readFileSync(table, 'utf8'));
  });
});
