import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type CompilerName, compileGuest, compilers, hasQemu, type IsaName, isas, nativeOutput, read, runOnQemu } from './compilers.ts';
import { engines, run } from './engines.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-programs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sourcesIn = (path: string): string[] =>
  readdirSync(new URL(`programs/${path}`, import.meta.url)).filter((name) => /\.(c|cpp)$/.test(name) && name !== 'main.c');
const programs = [...sourcesIn(''), ...sourcesIn('kernels').map((name) => `kernels/${name}`)];

const natives = new Map<string, Promise<string>>();
const expectedOf = (program: string): Promise<string> => {
  const known = natives.get(program) ?? nativeOutput(program, folder);
  natives.set(program, known);
  return known;
};

/** Both compilers, both widths, with and without optimisation. */
const quick: readonly [CompilerName, IsaName, string][] = [
  ['zig', 'rv64gc', '-O3'],
  ['zig', 'rv32imac', '-O0'],
  ['gcc', 'rv64gc', '-O0'],
  ['gcc', 'rv64imac', '-O3'],
  ['gcc', 'rv32imafc', '-O3'],
];
const usable = quick.filter(([compiler]) => compilers[compiler].exists);

describe.each(usable)('%s for %s with %s', (compiler, name, level) => {
  const { xlen, extensions } = isas[name];

  test.each(programs)('%s prints on every engine what it prints natively, after as many instructions', async (program) => {
    const elf = await compileGuest(program, compiler, name, level, folder);
    const native = await expectedOf(program);
    const finished = engines.map((engine) => run(read(elf), { engine, isa: `rv${xlen}${extensions}`, maxInstructions: 200_000_000 }));
    for (const { code, console } of finished) expect({ code, console }).toEqual({ code: 0, console: native });
    expect(finished.map(({ core }) => core.instret)).toEqual(engines.map(() => finished[0]!.core.instret));
    if (hasQemu && level === '-O0') expect(runOnQemu(elf, xlen)).toEqual({ code: 0, console: native });
  });
});
