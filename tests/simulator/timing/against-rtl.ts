import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { EngineName } from '../../../src/simulator/machine.ts';
import { assemble, assemblyOf, type Measured } from './program.ts';

export interface AgainstRtl<Row extends Measured> {
  readonly rows: readonly Row[];
  /** Functions that the rows call. */
  readonly helpers: string;
  readonly measure: (elf: Uint8Array, rows: readonly Row[], latency: number, engine: EngineName) => number[];
  /** In tests/fixtures/timing/: program, latency of the memory, what is measured, and cycles on the RTL. */
  readonly fixture: string;
  /** In docs/: its table has every row. */
  readonly document: string;
  readonly decimals: number;
  /** In percent, of each row and of the geometric mean. */
  readonly within: number;
  readonly onAverage: number;
}

/** The tests of a model of time: each measurement against the RTL and on every engine, and the documentation's table of them. */
export function testAgainstRtl<Row extends Measured>(
  model: string,
  { rows, helpers, measure, fixture, document, decimals, within, onAverage }: AgainstRtl<Row>,
): void {
  const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
  const table = path(`docs/${document}`);
  const rtl = new Map<string, number>(
    readFileSync(path(`tests/fixtures/timing/${fixture}`), 'utf8')
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
  const measured = new Map<string, number>();

  describe(`${model} takes as long as the RTL`, () => {
    test.each([...new Set(rows.map(programOf))])(
      `each measurement of %s within ${within} percent, and on every engine the same`,
      (program) => {
        const group = rows.filter((row) => programOf(row) === program);
        const elf = assemble(assemblyOf(group, helpers));
        const cycles = measure(elf, group, group[0]!.latency, 'interpreter');
        for (const engine of ['structured', 'block'] as const) expect(measure(elf, group, group[0]!.latency, engine)).toEqual(cycles);
        for (const [i, row] of group.entries()) {
          measured.set(keyOf(row), cycles[i]!);
          const expected = rtl.get(keyOf(row)) ?? expect.fail(`the fixture has no row ${keyOf(row)}`);
          const off = Math.abs(cycles[i]! / expected - 1);
          expect(off, `${row.what}: ${cycles[i]} instead of ${expected}`).toBeLessThanOrEqual(within / 100);
        }
      },
    );

    test(`on average within ${onAverage} percent, and the documentation has every row`, () => {
      const lines = rows.map((row) => {
        const [expected, cycles] = [rtl.get(keyOf(row))!, measured.get(keyOf(row))!];
        const shown = `${expected.toFixed(decimals)} | ${cycles.toFixed(decimals)} | ${(100 * (cycles / expected - 1)).toFixed(1)} %`;
        return `| ${row.what} | ${row.latency} | ${shown} |`;
      });
      const errors = rows.map((row) => Math.abs(measured.get(keyOf(row))! / rtl.get(keyOf(row))! - 1));
      const mean = Math.exp(errors.reduce((sum, error) => sum + Math.log1p(error), 0) / errors.length) - 1;
      expect(mean).toBeLessThan(onAverage / 100);
      const [head] = readFileSync(table, 'utf8').split('\n\n| measured');
      const text = `${head}\n\n| measured | memory latency | RTL | here | difference |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n\nGeometric mean of the ${rows.length} differences: ${(100 * mean).toFixed(2)} %.\n`;
      if (process.env['BLESS']) writeFileSync(table, text);
      else expect(text).toBe(readFileSync(table, 'utf8'));
    });
  });
}
