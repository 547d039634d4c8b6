import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { BadInput } from '../errors.ts';
import { extent } from '../numeric/extent.ts';
import { dtypes, type Tensor } from '../numeric/tensor.ts';
import { kindOf, readBytes, readJson, withFileErrors } from './files.ts';
import { parseNpy, printNpy } from './npy.ts';

/** One run of a network: what went in, what came out, and the integers of every layer. Inputs and outputs are float32. */
export interface TestCase {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly layers: ReadonlyMap<string, Tensor>;
}

/** `input_fp32.npy`, or `input0_fp32.npy`, `input1_fp32.npy` where there are several. */
const arrayNames = (role: 'input' | 'output', count: number): string[] =>
  count === 1 ? [`${role}_fp32.npy`] : Array.from({ length: count }, (_, index) => `${role}${index}_fp32.npy`);

const layerFile = (layer: string): string => `intermediate_int8/${layer}_int8.npy`;
const caseName = (index: number): string => `test_case_${index + 1}`;

function extremes({ data }: Tensor): { readonly min: number; readonly max: number } {
  const { low, high } = extent(data);
  return { min: low, max: high };
}

const only = <T>(values: readonly T[]): T | readonly T[] => (values.length === 1 ? values[0]! : values);

/** The index of the largest element of the first output, the first of equals. */
const predictedClass = ([output]: readonly Tensor[]): number => output?.data.indexOf(extremes(output).max) ?? -1;

const metadataOf = ({ inputs, outputs, layers }: TestCase, index: number) => ({
  test_case_id: index + 1,
  input_shape: only(inputs.map(({ type }) => type.shape)),
  output_shape: only(outputs.map(({ type }) => type.shape)),
  predicted_class: predictedClass(outputs),
  layers: Object.fromEntries(
    [...layers].map(([name, tensor]) => [name, { shape: tensor.type.shape, ...extremes(tensor), file: layerFile(name) }]),
  ),
});

/**
 * Writes `summary.json` and a folder `test_case_N` for each case into `directory`, which exists: float32 inputs and outputs, every layer's
 * integers under `intermediate_int8/` in their own dtype, and `metadata.json`.
 */
export async function writeTestCases(directory: string, cases: readonly TestCase[]): Promise<void> {
  await withFileErrors(directory, async () => {
    const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
    for (const [index, one] of cases.entries()) {
      const folder = join(directory, caseName(index));
      await mkdir(join(folder, 'intermediate_int8'), { recursive: true });
      const write = (name: string, tensor: Tensor) => writeFile(join(folder, name), printNpy(tensor));
      for (const [at, name] of arrayNames('input', one.inputs.length).entries()) await write(name, one.inputs[at]!);
      for (const [at, name] of arrayNames('output', one.outputs.length).entries()) await write(name, one.outputs[at]!);
      for (const [name, tensor] of one.layers) await write(layerFile(name), tensor);
      await writeFile(join(folder, 'metadata.json'), json(metadataOf(one, index)));
    }
    const summary = {
      num_test_cases: cases.length,
      network_layers: [...(cases[0]?.layers.keys() ?? [])],
      test_cases: cases.map(metadataOf),
    };
    await writeFile(join(directory, 'summary.json'), json(summary));
  });
}

const metadata = z.object({ layers: z.record(z.string(), z.object({ file: z.string().optional() })).optional() });

/** Reads what writeTestCases writes, in the order of the cases' numbers. Layers without metadata are found by their files. */
export async function readTestCases(directory: string): Promise<TestCase[]> {
  const names = await withFileErrors(directory, () => readdir(directory));
  const numbers = names.flatMap((name) => /^test_case_(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return Promise.all(numbers.sort((a, b) => a - b).map((number) => readTestCase(join(directory, `test_case_${number}`))));
}

async function readTestCase(folder: string): Promise<TestCase> {
  const names = await withFileErrors(folder, () => readdir(folder));
  const arrays = (role: string) => {
    const pattern = new RegExp(`^${role}(\\d*)_fp32\\.npy$`);
    const found = names.flatMap((name) => pattern.exec(name) ?? []).filter((name) => name.endsWith('.npy'));
    return Promise.all(found.sort((a, b) => numberIn(a) - numberIn(b)).map((name) => readNpy(join(folder, name))));
  };
  return { inputs: await arrays('input'), outputs: await arrays('output'), layers: await readLayers(folder) };
}

const numberIn = (name: string): number => Number(/\d+/.exec(name)?.[0] ?? 0);
const readNpy = async (path: string): Promise<Tensor> => parseNpy(await readBytes(path), path);

async function readLayers(folder: string): Promise<Map<string, Tensor>> {
  const files = await layerFiles(folder);
  const layers = new Map<string, Tensor>();
  for (const [name, file] of files) {
    const tensor = await readNpy(join(folder, file));
    if (!Number.isFinite(dtypes[tensor.type.dtype].low)) {
      const found = `elements of type ${tensor.type.dtype}`;
      throw new BadInput({ where: join(folder, file), found, expected: 'the integers of a layer', remedy: 'write the test cases again' });
    }
    layers.set(name, tensor);
  }
  return layers;
}

/** In the order of metadata.json where there is one, which is that of execution. */
async function layerFiles(folder: string): Promise<(readonly [name: string, file: string])[]> {
  const path = join(folder, 'metadata.json');
  if ((await kindOf(path)) === 'file') {
    const parsed = metadata.safeParse(await readJson(path));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const found = `${issue?.path.join('.')}: ${issue?.message}`;
      throw new BadInput({ where: path, found, expected: 'the metadata of a test case', remedy: 'write the test cases again' });
    }
    if (parsed.data.layers)
      return Object.entries(parsed.data.layers).map(([name, { file }]) => [name, safe(path, file ?? layerFile(name))]);
  }
  const intermediate = join(folder, 'intermediate_int8');
  const names = (await kindOf(intermediate)) === 'directory' ? await withFileErrors(intermediate, () => readdir(intermediate)) : [];
  const integers = names.filter((name) => name.endsWith('_int8.npy')).sort();
  return integers.map((name) => [name.slice(0, -'_int8.npy'.length), join('intermediate_int8', name)]);
}

/** A file of the test case itself: what the metadata name must not lead elsewhere. */
function safe(path: string, file: string): string {
  if (basename(file) === file) return join('intermediate_int8', file);
  if (file === join('intermediate_int8', basename(file))) return file;
  throw new BadInput({
    where: path,
    found: `the file ${file}`,
    expected: 'a file in intermediate_int8',
    remedy: 'write the test cases again',
  });
}
