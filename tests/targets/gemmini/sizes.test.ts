import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReference } from '../../../src/engine/reference.ts';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import { importBundle } from '../../../src/importers/bundle/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { dyadic } from '../../../src/lowering/styles/dyadic.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Program } from '../../../src/program/program.ts';
import { verifyProgram } from '../../../src/program/verify.ts';
import { machines } from '../../../src/simulator/machine.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { gemminiCompilerFor } from '../../../src/targets/gemmini/gemmini.ts';
import { runBuiltIn } from '../../../src/verify/built-in.ts';
import { runOn } from '../../../src/verify/firmware-run.ts';
import { inputsFor, tinyProgram } from '../programs.ts';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bitwright-sizes-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Plans, compiles and runs a Program for a Gemmini as it is declared, and compares every integer of every step. */
async function prove(program: Program, declaration: GemminiDeclaration, folder: string): Promise<string[]> {
  verifyProgram(program, operators);
  const compiler = gemminiCompilerFor(declaration);
  const plan = compiler.plan(program);
  await writeFirmware(await compiler.emit(plan), folder);
  const { executable } = await compiler.build(folder, undefined);
  const run = runOn({
    countsCycles: true,
    run: (path, input) => runBuiltIn(machines.gemmini, { gemmini: declaration }, path, input),
  });
  const cases = [inputsFor(program, 1), inputsFor(program, 0, 'low'), inputsFor(program, 0, 'high')];
  const { cases: computed } = await run(executable, plan, cases);
  cases.forEach((inputs, index) => {
    const golden = runReference(program, inputs);
    for (const { result } of plan.steps) {
      if (golden.has(result.name)) expect(computed[index]!.get(result.name), result.name).toEqual(golden.get(result.name));
    }
  });
  return plan.steps.map(({ kernel }) => kernel);
}

const fixture = async (name: string): Promise<Program> => {
  const { network } = await importBundle(fileURLToPath(new URL(`../../fixtures/brevitas/${name}`, import.meta.url)));
  return lower(network, { style: dyadic });
};

describe.each([8, 32] as const)('an array of %s rows and columns', (dim) => {
  const declaration: GemminiDeclaration = { ...gemmini, dim };

  test('computes what its description says, every integer right', { timeout: 60_000 }, async () => {
    const folder = (name: string): string => join(scratch, `${name}-${dim}`);
    const kernels = [
      ...(await prove(await fixture('mlp'), declaration, folder('mlp'))),
      ...(await prove(tinyProgram(), declaration, folder('tiny'))),
    ];
    expect(kernels.some((name) => name.startsWith('gemmini-linear'))).toBe(true);
    expect(kernels.some((name) => name.startsWith('gemmini-convolution'))).toBe(true);
  });
});
