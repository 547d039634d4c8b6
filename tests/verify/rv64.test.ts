import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { simulatedNames } from '../../src/cli/road.ts';
import { runReference } from '../../src/engine/reference.ts';
import { operators } from '../../src/operators/index.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { writeFirmware } from '../../src/targets/firmware.ts';
import { rv64Target } from '../../src/verify/rv64.ts';
import { simulated } from '../../src/verify/simulated.ts';
import { bitwright } from '../cli/bitwright.ts';
import { inputsFor, tinyProgram } from '../targets/programs.ts';

const gcc = 'riscv64-unknown-elf-gcc';
const hasGcc = spawnSync(gcc, ['--version']).status === 0;
const bundle = (name: string): string => fileURLToPath(new URL(`../fixtures/brevitas/${name}`, import.meta.url));

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bitwright-rv64-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('deploy offers every simulated machine', () => {
  expect([...simulatedNames]).toEqual(Object.keys(simulated));
});

describe.each([['zig cc', undefined], ...(hasGcc ? [[gcc, gcc] as const] : [])] as const)(
  'firmware for a bare RV64 machine, compiled with %s',
  (name, cc) => {
    test('computes every tensor that the reference engine computes, and counts cycles', async () => {
      const program = tinyProgram();
      verifyProgram(program, operators);
      const plan = rv64Target.plan(program);
      const folder = join(scratch, name.replace(' ', '-'));
      await writeFirmware(await rv64Target.emit(plan), folder);
      const { executable } = await rv64Target.build(folder, cc);
      const cases = [inputsFor(program, 1), inputsFor(program, 2), inputsFor(program, 0, 'low'), inputsFor(program, 0, 'high')];
      const run = await rv64Target.run(executable, plan, cases);
      expect(run.cases.length).toBe(cases.length);
      cases.forEach((inputs, index) => {
        const golden = runReference(program, inputs);
        for (const step of program.steps) expect(run.cases[index]!.get(step.name)).toEqual(golden.get(step.name));
      });
      expect(run.cycles!.map((step) => step.name)).toEqual(program.steps.map((step) => step.name));
      expect(run.cycles!.every(({ cycles }) => cycles > 0)).toBe(true);
      expect((await rv64Target.run(executable, plan, cases)).cycles).toEqual(run.cycles);
      expect((await rv64Target.run(executable, plan, [])).cases).toEqual([]);
    });
  },
);

test('deploy --run-on rv64 proves every integer and prints the cycles of every step', async () => {
  const { code, out } = await bitwright('deploy', bundle('two_input'), '--run-on', 'rv64');
  expect(out).toMatch(/step +operator +shape +MACs +cycles +share +mismatches/);
  expect(out).toMatch(/ on rv64: .*\n.* 0 mismatches\n/);
  expect(code).toBe(0);
});
