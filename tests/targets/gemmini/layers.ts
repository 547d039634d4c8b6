import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GemminiDeclaration } from '../../../src/hardware/gemmini.ts';
import type { Program } from '../../../src/program/program.ts';
import { machines } from '../../../src/simulator/machine.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { gemminiCompilerFor } from '../../../src/targets/gemmini/gemmini.ts';
import { runBuiltIn } from '../../../src/verify/built-in.ts';
import { runOn } from '../../../src/verify/firmware-run.ts';
import { inputsFor } from '../programs.ts';

export interface StepCycles {
  readonly kernel: string;
  readonly predicted: number;
  readonly cycles: number;
}

/** What the steps of a Program take at a memory latency of 1, the first time, with the kernels that the plan chooses. */
export async function cyclesOfSteps(program: Program, declaration: GemminiDeclaration): Promise<StepCycles[]> {
  const compiler = gemminiCompilerFor(declaration);
  const plan = compiler.plan(program);
  const place = mkdtempSync(join(tmpdir(), 'bitwright-layers-'));
  try {
    const folder = join(place, 'firmware');
    await writeFirmware(await compiler.emit(plan), folder);
    const { executable } = await compiler.build(folder, undefined);
    const settings = { memoryLatency: 1, gemmini: declaration };
    const run = runOn({ countsCycles: true, run: (path, input) => runBuiltIn(machines.gemmini, settings, path, input) });
    const { cycles } = await run(executable, plan, [inputsFor(program, 1)]);
    return plan.steps.map(({ kernel, cycles: predicted }, index) => ({ kernel, predicted, cycles: cycles![index]!.cycles }));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
