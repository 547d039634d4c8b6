import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadInput } from '../../src/errors.ts';
import { encodeElements } from '../../src/formats/elements.ts';
import { type GemminiDeclaration, gemmini, gemminiOf } from '../../src/hardware/gemmini.ts';
import { importBundle } from '../../src/importers/bundle/import.ts';
import { importCheckpoint } from '../../src/importers/ivit/import.ts';
import { lower } from '../../src/lowering/lower.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import type { Program } from '../../src/program/program.ts';
import { listProgram } from '../../src/simulator/listing.ts';
import { Machine, machines, type Outcome } from '../../src/simulator/machine.ts';
import { writeFirmware } from '../../src/targets/firmware.ts';
import { emitGemmini, gemminiCompiler, planGemmini } from '../../src/targets/gemmini/gemmini.ts';
import type { Plan } from '../../src/targets/plan.ts';
import type { Values } from '../../src/verify/deployment.ts';
import { withMemoryLatency } from '../../src/verify/memory-latency.ts';
import { inputsFor } from '../targets/programs.ts';

/** What a run of firmware came to: the sentence of a missing fence, or its tensors. */
export type Ended = { readonly conflict: string } | { readonly tensors: Buffer };

export interface Fence {
  readonly address: number;
  /** The function that it stands in. */
  readonly name: string;
}

export interface Fenced {
  /** Those of the array: the runtime's own are left out, since what it gives the host would hide what a step does not wait for. */
  readonly fences: readonly Fence[];
  /** Runs the firmware without one of its fences, or with all of them, with this latency of the memory. */
  readonly run: (without?: Fence, memoryLatency?: number) => Ended;
}

const nop = Uint8Array.of(0x13, 0, 0, 0);
const runtime = 'runtime/rv64/rv64.c';

async function build(plan: Plan, declaration: GemminiDeclaration): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-fences-'));
  try {
    const files = new Map(await emitGemmini(plan, declaration));
    const source = files.get(runtime) as string;
    await writeFirmware(files.set(runtime, source.replaceAll('__asm__ volatile("fence"', '__asm__ volatile(""')), folder, { force: true });
    return readFileSync((await gemminiCompiler.build(folder, undefined)).executable);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Firmware of a Program for a core with a Gemmini, and the fences in it. */
async function fenced(program: Program, inputs: Values, declaration: GemminiDeclaration): Promise<Fenced> {
  const plan = planGemmini(program, declaration);
  const elf = await build(plan, declaration);
  const input = Buffer.concat(plan.inputs.map(({ name }) => encodeElements(inputs.get(name)!)));
  let name = '';
  const fences = listProgram(elf, { name: 'firmware' }).flatMap(({ address, label, text }) => {
    name = label ?? name;
    return /^fence\b(?!\.)/.test(text ?? '') ? [{ address, name }] : [];
  });
  const run = (without?: Fence, memoryLatency = 1): Ended => {
    const printed: Uint8Array[] = [];
    let read = 0;
    const machine = Machine.load(elf, {
      machine: machines.gemmini,
      misaligned: 'trap', // as a Rocket does
      memoryBytes: 16 << 20,
      cycleModel: withMemoryLatency('rocket', memoryLatency, ''),
      input: (count) => {
        const bytes = input.subarray(read, read + count);
        read += bytes.length;
        return bytes;
      },
      output: (stream, bytes) => void (stream === 'out' && printed.push(bytes)),
    });
    if (without) machine.writeMemory(without.address, nop);
    const outcome = endOf(machine);
    if ('conflict' in outcome) return outcome;
    if (outcome.reason === 'exit' && outcome.code === 0) return { tensors: Buffer.concat(printed) };
    if (outcome.reason === 'fault' && outcome.fault.cause.startsWith('missing fence')) return { conflict: outcome.fault.cause };
    throw new Error(`the firmware ended with ${outcome.reason === 'fault' ? outcome.fault.cause : outcome.reason}`);
  };
  return { fences, run };
}

/** How a machine ends. What the array refuses to do without a fence is a conflict too. */
function endOf(machine: Machine): Outcome | { readonly conflict: string } {
  try {
    return machine.run();
  } catch (error) {
    if (error instanceof BadInput && error.message.includes('fence')) return { conflict: error.message };
    throw error;
  }
}

/** Those of these fences whose absence nothing reports. */
export const unneeded = ({ run }: Fenced, fences: readonly Fence[]): Fence[] => fences.filter((fence) => !('conflict' in run(fence)));

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const lowered = async (bundle: string): Promise<Program> =>
  lower((await importBundle(path(bundle))).network, { style: styles.get('dyadic')! });

/** Convolutions, those whose greatest results the array finds, those that it unrolls itself, and a vision transformer. */
const networks = {
  digits: () => lowered('examples/digits/bundle'),
  pooled: () => lowered('models/bundles/t01_simplecnn'),
  looped: () => lowered('examples/digits/bundle'),
  'vit-digits': async () => {
    const { network } = await importCheckpoint(path('examples/vit-digits/checkpoint.pth.tar'), { heads: 2 });
    return lower(network, { style: styles.get('ivit')! });
  },
} as const satisfies { readonly [name: string]: () => Promise<Program> };

export const fencedNetwork = async (name: keyof typeof networks): Promise<Fenced> => {
  const program = await networks[name]();
  return fenced(program, inputsFor(program, 1), name === 'looped' ? gemminiOf(gemmini.generation) : gemmini);
};
