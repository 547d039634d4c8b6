import { type GemminiDeclaration, type Generation, gemmini, gemminiOf } from '../../hardware/gemmini.ts';
import { operators } from '../../operators/index.ts';
import type { Program } from '../../program/program.ts';
import type { Firmware } from '../firmware.ts';
import { emitFolder, named } from '../host/host.ts';
import { bareMetal, buildRv64 } from '../host/rv64.ts';
import type { Emission } from '../network.ts';
import { type Plan, type PlanOptions, planProgram } from '../plan.ts';
import { replayed } from '../replay.ts';
import type { Compiler } from '../target.ts';
import { bytes } from './kernels/bytes.ts';
import { convolution } from './kernels/convolution.ts';
import { convolutionBetween } from './kernels/convolution-between.ts';
import { convolutionLoop } from './kernels/convolution-loop.ts';
import { convolutionPooled } from './kernels/convolution-pooled.ts';
import { core } from './kernels/core.ts';
import { digitProduct, digitRequantised } from './kernels/digit-matmul.ts';
import { linear } from './kernels/linear.ts';
import { linearScaled } from './kernels/linear-scaled.ts';
import { matmul } from './kernels/matmul.ts';
import { patches } from './kernels/patches.ts';
import { refuseLargeFirmware, refuseSmallMemories } from './limits.ts';
import type { GemminiMachine } from './machine.ts';
import { tokensFirst } from './patches.ts';
import { fromDigits, inDigits } from './rewrite.ts';

/** A Rocket core, whose cycles are roughly those of GCC 12 -O2 on the RTL, and a Gemmini of any size beside it. */
const machineWith = (declaration: GemminiDeclaration): GemminiMachine => ({
  gemmini: declaration,
  ...{ cyclesPerMac: 7, cyclesPerElement: 22, cyclesPerByte: 6 },
});

/** What the target emits with: the array's kernels, and what the core does behind them. */
const emissionFor = (declaration: GemminiDeclaration): Emission<GemminiMachine> => ({
  operators,
  kernels: [
    linearScaled,
    linear,
    matmul,
    digitRequantised,
    digitProduct,
    patches,
    convolutionPooled,
    convolutionLoop,
    convolutionBetween,
    convolution,
    bytes,
    core,
  ],
  machine: machineWith(declaration),
  headers: [
    'gemmini/between.h',
    'gemmini/bytes.h',
    'gemmini/digits.h',
    'gemmini/looped.h',
    'gemmini/pooled.h',
    'gemmini/product.h',
    'gemmini/scaled.h',
    'rocket/rocket.h',
  ],
});

/** Places a verified Program on a core with a Gemmini: the standard one, where no other is declared. */
export function planGemmini(program: Program, declaration: GemminiDeclaration = gemmini, options: PlanOptions = {}): Plan {
  refuseSmallMemories(declaration);
  const { kernels, machine } = emissionFor(declaration);
  const rewritten = tokensFirst(inDigits(program, operators));
  return { ...planProgram(rewritten, operators, kernels, machine, options), restored: fromDigits(program, rewritten) };
}

/** The core waits for every result: independent iterations of a loop must stand side by side. */
const optimise = ['-O2', '-funroll-loops'];

/** The firmware of several networks in one program for the core, which commands the array. */
export async function emitManyGemmini(plans: readonly Plan[], declaration: GemminiDeclaration = gemmini): Promise<Firmware> {
  const networks = named(plans);
  const firmware = await emitFolder(networks, bareMetal(networks, optimise), emissionFor(declaration));
  refuseLargeFirmware(plans, firmware);
  return firmware;
}

/** The firmware of one network. */
export const emitGemmini = (plan: Plan, declaration: GemminiDeclaration = gemmini): Promise<Firmware> =>
  emitManyGemmini([plan], declaration);

/** A Rocket core with a Gemmini of any size. What runs its programs is a floor above: verify/gemmini.ts. */
export const gemminiCompilerFor = (declaration: GemminiDeclaration): Compiler => ({
  macsPerCycle: declaration.dim ** 2,
  plan: (program) => planGemmini(program, declaration),
  replay: (plan) => replayed(plan, emissionFor(declaration)),
  planApart: (program) => planGemmini(program, declaration, { apart: true }),
  emit: (plan) => emitGemmini(plan, declaration),
  build: (folder, cc) => buildRv64(folder, cc, optimise),
});

/** The standard one, for every generation or for one alone. */
export const gemminiCompilerOf = (generation?: Generation): Compiler =>
  gemminiCompilerFor(generation === undefined ? gemmini : gemminiOf(generation));
export const gemminiCompiler: Compiler = gemminiCompilerOf();
