import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { ScaledProgram } from '../lowering/lower.ts';
import type { Network } from '../network/network.ts';
import type { Tensor } from '../numeric/tensor.ts';
import type { Program } from '../program/program.ts';
import type { TargetName } from '../targets/index.ts';
import type { EngineName } from '../verify/engines.ts';
import type { GivenArray, Sample } from '../verify/samples.ts';
import type { SimulatedName } from '../verify/simulated.ts';
import type { SuiteTarget } from '../verify/suite/judge.ts';
import { UsageError } from './command.ts';

/** The names of lowering/styles, verify/engines.ts and targets/index.ts, and those made of them, here so that --help loads none of them; a test compares them. */
export const styleNames = ['dyadic', 'float32', 'ares', 'ivit'] as const;
export const engineNames = ['fast', 'reference'] as const satisfies readonly EngineName[];

/** The machines of verify/simulated.ts. */
export const simulatedNames = ['rv64'] as const satisfies readonly SimulatedName[];
export const targetNames = ['host', 'gemmini', 'gemmini-2023-02', 'gemmini-2023-10'] as const satisfies readonly TargetName[];

/** What computes a Program: the engine in this process, or the firmware of a target. */
export const computerNames = ['engine', ...targetNames] as const;

/** The machines of verify/suite/judge.ts. */
export const suiteTargetNames = [...computerNames, ...simulatedNames] as const satisfies readonly SuiteTarget[];

export const targetOption = () =>
  new Option('--target <target>', 'the machine to compile for').choices(targetNames).default('host' as const);
export const styleOption = () =>
  new Option('--style <style>', 'numeric style of the requantisations (default: dyadic; ares for an ARES directory)').choices(styleNames);
export const engineOption = () =>
  new Option('--engine <engine>', 'C kernels as WebAssembly, or plain loops').choices(engineNames).default('fast' as const);
export const workersOption = () => new Option('--workers <number>', 'threads of the fast engine').argParser(count).default(1);
export const replayOption = () =>
  new Option('--replay', 'build it once more so that it keeps what flows inside its steps, and compare that too');
export const jsonOption = () => new Option('--json', 'print JSON in place of tables');

/** A positive whole number as an option's value. */
export function count(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(value);
}

export function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || !Number.isFinite(parsed) || parsed === 0) throw new InvalidArgumentError('It must be a number other than 0.');
  return parsed;
}

export const collect = (value: string, values: readonly string[]): readonly string[] => [...values, value];

/** The options by which samples are given: files, and a factor for data that are stored as integers. */
export const withInputOptions = <A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) =>
  command
    .option('--input <file>', '.npy file with samples along axis 0; once for each input of the network', collect, [] as readonly string[])
    .option('--divide <number>', 'divide the elements by this, for images that are stored as integers', number, 1);

export type StyleName = (typeof styleNames)[number];

/** The Program of a network, and the scale of each layer's integers. */
export async function loweredScaled(network: Network, style: StyleName, { fuse = true } = {}): Promise<ScaledProgram> {
  const [{ lowerScaled }, { styles }] = await Promise.all([import('../lowering/lower.ts'), import('../lowering/styles/index.ts')]);
  return lowerScaled(network, { style: styles.get(style)!, fuse });
}

export const lowered = async (network: Network, style: StyleName, options: { readonly fuse?: boolean } = {}): Promise<Program> =>
  (await loweredScaled(network, style, options)).program;

export async function readArrays(paths: readonly string[]): Promise<GivenArray[]> {
  const [{ readBytes }, { parseNpy }] = await Promise.all([import('../formats/files.ts'), import('../formats/npy.ts')]);
  return Promise.all(paths.map(async (where) => ({ where, array: parseNpy(await readBytes(where), where) })));
}

/** The samples of the files, or those that the model brings along. */
export async function samplesFor(
  { network, samples }: { readonly network: Network; readonly samples?: { readonly inputs: ReadonlyMap<string, Tensor> } },
  { input, divide }: { readonly input: readonly string[]; readonly divide: number },
): Promise<Sample[]> {
  const { splitSamples } = await import('../verify/samples.ts');
  if (input.length > 0) return splitSamples(network.inputs, await readArrays(input), divide);
  if (!samples) throw new UsageError('no samples: give them with --input');
  return splitSamples(
    network.inputs,
    [...network.inputs.keys()].map((name) => ({ where: `the samples of ${network.name}`, array: samples.inputs.get(name)! })),
  );
}

/** A JSON value as a result. */
export const printJson = (value: unknown): string => `${JSON.stringify(value, plain, 2)}\n`;

/** JSON has no maps, no typed arrays and no infinities. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
