import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { runReference } from '../../../../src/engine/reference.ts';
import { gemmini } from '../../../../src/hardware/gemmini.ts';
import type { Tensor } from '../../../../src/numeric/tensor.ts';
import { operators } from '../../../../src/operators/index.ts';
import type { Program } from '../../../../src/program/program.ts';
import { verifyProgram } from '../../../../src/program/verify.ts';
import { c } from '../../../../src/targets/c.ts';
import { writeFirmware } from '../../../../src/targets/firmware.ts';
import { core } from '../../../../src/targets/gemmini/kernels/core.ts';
import type { GemminiMachine } from '../../../../src/targets/gemmini/machine.ts';
import { emitFolder, named } from '../../../../src/targets/host/host.ts';
import { emitMakefile } from '../../../../src/targets/host/makefile.ts';
import { runHost } from '../../../../src/targets/host/run.ts';
import { type BuildOptions, buildHost, findToolchain } from '../../../../src/targets/host/toolchain.ts';
import type { Emission } from '../../../../src/targets/network.ts';
import { planProgram } from '../../../../src/targets/plan.ts';
import { type Portable, sourcesOf } from '../../../../src/targets/portable.ts';

const machine: GemminiMachine = { gemmini, cyclesPerMac: 1, cyclesPerElement: 1, cyclesPerByte: 1 };
const emission: Emission<GemminiMachine> = { operators, kernels: [core], machine, headers: ['rocket/rocket.h'] };

const main = c`
  #include "host.h"
  #include "network.h"

  int main(int argc, char **argv)
  {
    static const bw_network *const networks[] = {&network};
    return bw_host_main(networks, 1, argc, argv);
  }
  `;

/** GCC, whose sanitizers work, else the compiler that the package brings. */
const gcc = spawnSync('gcc', ['--version']).status === 0;
const toolchain = findToolchain(gcc ? { cc: 'gcc' } : { environment: {} });
const options: BuildOptions = {
  optimise: ['-O1', '-g'],
  extra: ['-Werror', ...(gcc ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : [])],
};

/**
 * Compiles a Program as the core beside the array runs it, but for this computer and with sanitizers, and compares every integer of every step
 * with the reference engine's. Returns the files of kernels/ that its steps need.
 */
export async function proveOnCore(program: Program, cases: readonly ReadonlyMap<string, Tensor>[], folder: string): Promise<string[]> {
  verifyProgram(program, operators);
  const plan = planProgram(program, emission.operators, emission.kernels, machine);
  const surroundings = { main, runtime: ['host.c', 'host.h', 'firmware.h'], makefile: emitMakefile };
  await writeFirmware(await emitFolder(named([plan]), surroundings, emission), folder);
  const run = await runHost(await buildHost(folder, toolchain, options), plan, cases);
  cases.forEach((inputs, index) => {
    const golden = runReference(program, inputs);
    for (const step of program.steps) expect(run.cases[index]!.get(step.name)).toEqual(golden.get(step.name));
  });
  return plan.steps.flatMap(({ work }) => sourcesOf((work as Portable).segments));
}
