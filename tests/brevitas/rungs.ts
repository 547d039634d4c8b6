import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareFast } from '../../src/engine/fast.ts';
import { loadKernels } from '../../src/engine/load-kernels.ts';
import { runReference } from '../../src/engine/reference.ts';
import { withScratchDirectory } from '../../src/formats/files.ts';
import { gemmini } from '../../src/hardware/gemmini.ts';
import { type ImportedBundle, importBundle } from '../../src/importers/bundle/import.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import type { Style } from '../../src/operators/layer.ts';
import type { Program } from '../../src/program/program.ts';
import { machines } from '../../src/simulator/machine.ts';
import { writeFirmware } from '../../src/targets/firmware.ts';
import { emitManyGemmini, gemminiCompiler, planGemmini } from '../../src/targets/gemmini/gemmini.ts';
import { emitMany, planHost } from '../../src/targets/host/host.ts';
import { runMany } from '../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../src/targets/host/toolchain.ts';
import { type Agreement, agree } from '../../src/verify/agree/agree.ts';
import { inputSample } from '../../src/verify/agree/framework.ts';
import { compareTensors } from '../../src/verify/compare.ts';
import { runManyOn } from '../../src/verify/firmware-run.ts';
import { quantiseSample } from '../../src/verify/samples.ts';
import { machineOn } from '../../src/verify/simulation.ts';
import { stepFacts } from '../../src/verify/steps.ts';

type Values = ReadonlyMap<string, Tensor>;

/** A bundle at the foot of the ladder: its Program, quantised inputs, and what the reference engine makes of them. */
export interface Subject {
  readonly name: string;
  readonly bundle: ImportedBundle;
  readonly program: Program;
  readonly inputs: readonly Values[];
  readonly golden: readonly Values[];
}

export async function readSubject(name: string, directory: string, style: Style = dyadic, most = Infinity): Promise<Subject> {
  const bundle = await importBundle(directory);
  const program = lower(bundle.network, { style });
  const count = Math.min(bundle.samples.count, most);
  const inputs = Array.from({ length: count }, (_, index) => quantiseSample(program, inputSample(bundle.samples, index)));
  return { name, bundle, program, inputs, golden: inputs.map((values) => runReference(program, values)) };
}

/** What is wrong with `found`, step by step: nothing where every element of every step that both have is the golden one. */
export const mismatches = (golden: readonly Values[], found: readonly Values[]): string[] =>
  golden.flatMap((expected, sample) =>
    Array.from(found[sample]!).flatMap(([step, tensor]) => {
      const wanted = expected.get(step);
      if (!wanted) return [];
      const { mismatches: count, elements, first } = compareTensors(tensor, wanted);
      return count === 0 ? [] : [`sample ${sample}, ${step}: ${count} of ${elements} differ, first ${JSON.stringify(first)}`];
    }),
  );

/** How many steps the comparison of two runs of one sample covers. */
export const inCommon = (golden: readonly Values[], found: readonly Values[]): number =>
  [...found[0]!.keys()].filter((name) => golden[0]!.has(name)).length;

/** Rung 1. */
export async function runFast({ program, inputs }: Pick<Subject, 'program' | 'inputs'>): Promise<Values[]> {
  const engine = prepareFast(program, await loadKernels());
  return inputs.map((values) => engine.run(values, 'steps'));
}

/** The same network with every call a step of its own. */
export const unjoined = (subject: Subject): Program => lower(subject.bundle.network, { style: dyadic, fuse: false });

/** Rung 0: one executable of all networks, run on the host. */
export async function runCompiled(subjects: readonly Subject[]): Promise<ReadonlyMap<string, readonly Values[]>> {
  const plans = subjects.map(({ program }) => planHost(program));
  const folder = await mkdtemp(join(tmpdir(), 'bitwright-rungs-'));
  try {
    const firmware = join(folder, 'firmware');
    await writeFirmware(await emitMany(plans), firmware);
    const executable = await buildHost(firmware, findToolchain(), { optimise: ['-O2'] });
    const runs = await runMany(
      executable,
      plans,
      subjects.map(({ inputs }) => inputs),
    );
    return new Map(subjects.map(({ name }, index) => [name, runs[index]!.cases]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the simulated core with a Gemmini makes of the first samples, by one program for it; and a table of cycles. */
export async function runOnGemmini(
  subjects: readonly Subject[],
  most = 2,
): Promise<{ readonly cases: ReadonlyMap<string, readonly Values[]>; readonly table: string }> {
  const plans = subjects.map(({ program }) => planGemmini(program));
  const count = Math.min(most, ...subjects.map(({ inputs }) => inputs.length));
  return withScratchDirectory(async (scratch) => {
    const folder = join(scratch, 'firmware');
    await writeFirmware(await emitManyGemmini(plans), folder);
    const { executable } = await gemminiCompiler.build(folder, undefined);
    const samples = subjects.map(({ inputs }) => inputs.slice(0, count));
    const runs = await runManyOn(machineOn(machines.gemmini), executable, plans, samples);
    const lines = subjects.map(({ name, program }, index) => {
      const macs = sum(stepFacts(program, operators), (step) => step.macs);
      const cycles = Math.round(sum(runs[index]!.cycles!, (step) => step.cycles));
      const utilisation = ((100 * macs) / (cycles * gemmini.dim ** 2)).toFixed(2);
      return [name.padEnd(36), ...[cycles, macs, `${utilisation} %`].map((cell) => String(cell).padStart(11))].join(' ');
    });
    const header = ['on Gemmini'.padEnd(36), ...['cycles', 'MACs', 'of array'].map((cell) => cell.padStart(11))].join(' ');
    return { cases: new Map(subjects.map(({ name }, index) => [name, runs[index]!.cases])), table: [header, ...lines].join('\n') };
  });
}

/** Rungs 2 and 3. */
export async function agreement(subject: Subject): Promise<Agreement> {
  const kernels = await loadKernels();
  return agree(subject.bundle.network, unjoined(subject), subject.bundle.samples, (program) => {
    const engine = prepareFast(program, kernels);
    return (inputs, keep) => engine.run(inputs, keep);
  });
}

/** What keeps rung 2 from holding, as sentences. */
export function disagreements({ quantisers, outputs, exceptions, budget }: Agreement): string[] {
  const far = quantisers
    .filter(({ failures }) => failures > 0)
    .map(
      ({ name, failures, shown }) => `${name}: ${failures} further from a tie than float32 explains, such as ${JSON.stringify(shown[0])}`,
    );
  const off = outputs
    .filter(({ failures }) => failures > 0)
    .map(({ name, failures, share }) => `output ${name}: ${failures} beyond the bound, by up to ${share} of it`);
  const many = exceptions > budget ? [`${exceptions} exceptions where ${budget} are allowed`] : [];
  return [...far, ...off, ...many];
}

const sum = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((total, row) => total + of(row), 0);

/** One line of the table that the tests print. */
export const summary = (name: string, { quantisers, outputs, exceptions, budget }: Agreement): string => {
  const [values, inside, ties] = [
    sum(quantisers, (row) => row.values),
    sum(quantisers, (row) => row.inside),
    sum(quantisers, (row) => row.ties),
  ];
  const distance = Math.max(0, ...quantisers.map((row) => row.distance));
  const differ = sum(quantisers, (row) => row.endToEnd.differ);
  const largest = Math.max(0, ...outputs.map(({ endToEnd }) => endToEnd.maxDifference));
  const cells = [values, inside, ties, exceptions, budget.toFixed(1), distance.toExponential(1), differ, largest.toExponential(1)];
  return [name.padEnd(20), ...cells.map((cell) => String(cell).padStart(10))].join(' ');
};
export const summaryHeader = [
  'network'.padEnd(20),
  ...['values', 'inside', 'ties', 'exceptions', 'allowed', 'distance', 'rung 3', 'outputs'].map((cell) => cell.padStart(10)),
].join(' ');
