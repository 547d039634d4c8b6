import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BadInput } from '../../errors.ts';
import { decodeElements, encodeElements } from '../../formats/elements.ts';
import { readBytes, withFileErrors, withScratchDirectory } from '../../formats/files.ts';
import { bytesOf, type Tensor } from '../../numeric/tensor.ts';
import { fileOf } from '../network.ts';
import { dumpsOf, type NamedPlan, type Plan, type TensorBuffer } from '../plan.ts';
import type { Run, StepTime } from '../run.ts';
import { named } from './host.ts';
import { endOf, runProcess } from './process.ts';

/** The quantised inputs of one test case, by name. */
export type Inputs = ReadonlyMap<string, Tensor>;

const path = (directory: string, network: NamedPlan, buffer: TensorBuffer): string => join(directory, `${fileOf(network, buffer)}.bin`);

/** A file for each input: that input of every case, one after the other. */
async function writeInputs(network: NamedPlan, cases: readonly Inputs[], directory: string): Promise<void> {
  for (const input of network.plan.inputs) {
    const parts = cases.map((inputs) => encodeElements(inputs.get(input.name)!));
    const file = path(directory, network, input);
    await withFileErrors(file, () => writeFile(file, Buffer.concat(parts)));
  }
}

/** Every step's tensor of every case, and what a replay build keeps. */
async function readCases(network: NamedPlan, count: number, directory: string): Promise<Map<string, Tensor>[]> {
  const cases = Array.from({ length: count }, () => new Map<string, Tensor>());
  if (count === 0) return cases;
  for (const buffer of dumpsOf(network.plan)) {
    const file = path(directory, network, buffer);
    const bytes = await readBytes(file);
    const size = bytesOf(buffer.type);
    if (bytes.length !== size * count) throw new Error(`${file} holds ${bytes.length} bytes, not ${size * count}`);
    cases.forEach((tensors, index) => {
      const data = decodeElements(buffer.type.dtype, bytes.subarray(index * size, (index + 1) * size), file);
      tensors.set(buffer.name, { type: buffer.type, data });
    });
  }
  return cases;
}

/** The lines `network,step,cases,nanoseconds` behind the header, in the order of networks and steps. */
function readTimes(networks: readonly NamedPlan[], stdout: string): StepTime[][] {
  const lines = stdout.trimEnd().split(/\r?\n/).slice(1);
  let next = 0;
  return networks.map(({ plan }) =>
    plan.steps.map(({ result }) => ({ name: result.name, nanoseconds: Number(lines[next++]!.split(',').at(-1)) })),
  );
}

/** Runs an executable of several networks, the firmware of emitMany(plans), with the test cases of each. */
export async function runMany(executable: string, plans: readonly Plan[], cases: readonly (readonly Inputs[])[]): Promise<Run[]> {
  const networks = named(plans);
  return withScratchDirectory(async (scratch) => {
    const inputs = join(scratch, 'cases');
    const tensors = join(scratch, 'tensors');
    await mkdir(inputs);
    await mkdir(tensors);
    for (const [index, network] of networks.entries()) await writeInputs(network, cases[index]!, inputs);
    const finished = await withFileErrors(executable, () => runProcess(resolve(executable), ['--inputs', inputs, '--dump', tensors]));
    if (finished.code !== 0) {
      const said = finished.stderr.trim().split('\n')[0]!;
      throw new BadInput({
        where: executable,
        found: `${endOf(finished)}${said === '' ? '' : ` and "${said}"`}`,
        expected: 'a run to the end',
        remedy: 'compile the firmware again',
      });
    }
    const times = readTimes(networks, finished.stdout);
    const runs: Run[] = [];
    for (const [index, network] of networks.entries()) {
      runs.push({ cases: await readCases(network, cases[index]!.length, tensors), times: times[index]! });
    }
    return runs;
  });
}

/** Runs the firmware of one network, emitHost(plan), with its test cases, and reads every step's tensor back. */
export async function runHost(executable: string, plan: Plan, cases: readonly Inputs[]): Promise<Run> {
  const [run] = await runMany(executable, [plan], [cases]);
  return run!;
}
