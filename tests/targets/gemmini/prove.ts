import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { runReference } from '../../../src/engine/reference.ts';
import type { GemminiDeclaration } from '../../../src/hardware/gemmini.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Program } from '../../../src/program/program.ts';
import { verifyProgram } from '../../../src/program/verify.ts';
import { roundings } from '../../../src/simulator/devices/gemmini/rounding.ts';
import { machines } from '../../../src/simulator/machine.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { core } from '../../../src/targets/gemmini/kernels/core.ts';
import type { GemminiMachine } from '../../../src/targets/gemmini/machine.ts';
import { emitFolder, named } from '../../../src/targets/host/host.ts';
import { bareMetal, buildRv64 } from '../../../src/targets/host/rv64.ts';
import type { Kernel, Work } from '../../../src/targets/kernel.ts';
import type { Emission } from '../../../src/targets/network.ts';
import { planProgram } from '../../../src/targets/plan.ts';
import { runBuiltIn } from '../../../src/verify/built-in.ts';
import { runOn } from '../../../src/verify/firmware-run.ts';
import { inputsFor } from '../programs.ts';

/** Emission with some kernels beside the core, which have no price, so that small steps take them too, the first ones before the others. */
export const emissionOf = (
  kernels: readonly Kernel<GemminiMachine, Work>[],
  declaration: GemminiDeclaration,
): Emission<GemminiMachine> => ({
  operators,
  kernels: [...kernels.map((each) => ({ ...each, cycles: () => 0 })), core],
  machine: { gemmini: declaration, cyclesPerMac: 7, cyclesPerElement: 22, cyclesPerByte: 6 },
  headers: ['between', 'bytes', 'looped', 'pooled', 'product'].map((name) => `gemmini/${name}.h`).concat('rocket/rocket.h'),
});

const scratch = mkdtempSync(join(tmpdir(), 'bitwright-array-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Compiles a Program for an array with one kernel beside the core, or more, runs it with both roundings, and compares every integer of every step; the kernels that it took. */
export async function proveWith(
  kernel: Kernel<GemminiMachine, Work>,
  program: Program,
  declaration: GemminiDeclaration,
  beside: readonly Kernel<GemminiMachine, Work>[] = [],
): Promise<string[]> {
  verifyProgram(program, operators);
  const emission = emissionOf([kernel, ...beside], declaration);
  const plan = planProgram(program, operators, emission.kernels, emission.machine);
  const folder = join(scratch, `${program.name}-${declaration.dim}-${declaration.generation}`);
  const networks = named([plan]);
  await writeFirmware(await emitFolder(networks, bareMetal(networks), emission), folder);
  const { executable } = await buildRv64(folder, undefined);
  const cases = [inputsFor(program, 1), inputsFor(program, 2), inputsFor(program, 0, 'low'), inputsFor(program, 0, 'high')];
  for (const rounding of roundings) {
    const run = runOn({
      countsCycles: true,
      run: (path, input) => runBuiltIn(machines.gemmini, { gemmini: declaration, rounding }, path, input),
    });
    const { cases: computed } = await run(executable, plan, cases);
    cases.forEach((inputs, index) => {
      const golden = runReference(program, inputs);
      for (const { name } of program.steps) expect(computed[index]!.get(name), name).toEqual(golden.get(name));
    });
  }
  return plan.steps.map((step) => step.kernel);
}
