import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compiled, helpers } from './loops.ts';
import { memory } from './memory.ts';
import { assemble, assemblyOf, type Measured, measure } from './program.ts';
import { scalar } from './scalar.ts';

const rows = [...scalar, ...memory, ...compiled];
const table = fileURLToPath(new URL('../../../docs/rocket-timing.md', import.meta.url));

/** Cycles on the RTL, by program, latency of the memory and what is measured. */
const rtl = new Map<string, number>(
  readFileSync(fileURLToPath(new URL('../../fixtures/timing/rocket.csv', import.meta.url)), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, program, latency, quoted, plain, cycles] = /^([^,]*),(\d+),(?:"([^"]*)"|([^,]*)),(.*)$/.exec(line) ?? [];
      return [`${program} ${latency} ${quoted ?? plain}`, Number(cycles)] as const;
    }),
);
const keyOf = ({ program, latency, what }: Measured): string => `${program} ${latency} ${what}`;
const programOf = ({ program, latency }: Measured): string => `${program} ${latency}`;
const programs = [...new Set(rows.map(programOf))];
const measured = new Map<string, number>();

describe('rocket takes as long as the RTL', () => {
  test.each(programs)('each measurement of %s within 15 %, on every engine the same', (program) => {
    const group = rows.filter((row) => programOf(row) === program);
    const elf = assemble(assemblyOf(group, helpers));
    const cycles = measure(elf, group, group[0]!.latency, 'interpreter');
    for (const engine of ['structured', 'block'] as const) expect(measure(elf, group, group[0]!.latency, engine)).toEqual(cycles);
    for (const [i, row] of group.entries()) {
      measured.set(keyOf(row), cycles[i]!);
      const expected = rtl.get(keyOf(row)) ?? expect.fail(`the fixture has no row ${keyOf(row)}`);
      expect(Math.abs(cycles[i]! / expected - 1), `${row.what}: ${cycles[i]} instead of ${expected}`).toBeLessThanOrEqual(0.15);
    }
  });

  test('on average within 5 %, and the documentation has every row', () => {
    const lines = rows.map((row) => {
      const [expected, cycles] = [rtl.get(keyOf(row))!, measured.get(keyOf(row))!];
      return `| ${row.what} | ${row.latency} | ${expected.toFixed(2)} | ${cycles.toFixed(2)} | ${(100 * (cycles / expected - 1)).toFixed(1)} % |`;
    });
    const errors = rows.map((row) => Math.abs(measured.get(keyOf(row))! / rtl.get(keyOf(row))! - 1));
    const mean = Math.exp(errors.reduce((sum, error) => sum + Math.log1p(error), 0) / errors.length) - 1;
    expect(mean).toBeLessThan(0.05);
    const [head] = readFileSync(table, 'utf8').split('\n\n| ');
    const text = `${head}\n\n| measured | memory latency | RTL | here | difference |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n\nGeometric mean of the ${rows.length} differences: ${(100 * mean).toFixed(2)} %.\n`;
    if (process.env['BLESS']) writeFileSync(table, text);
    else expect(text).toBe(readFileSync(table, 'utf8'));
  });
});
