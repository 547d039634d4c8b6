import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { decodeElements } from '../formats/elements.ts';
import { readBytes, withFileErrors } from '../formats/files.ts';
import { parseNpy } from '../formats/npy.ts';
import { readTestCases, type TestCase } from '../formats/test-cases.ts';
import { bytesOf, elements, printType, sameShape, type Tensor, tensor } from '../numeric/tensor.ts';
import { namer } from '../targets/identifiers.ts';

/** The tensors of one layer that are golden, and those that were found: one for each sample. */
export interface FoundLayer {
  readonly name: string;
  readonly golden: readonly Tensor[];
  /** Absent where the run has no file for the layer. */
  readonly found?: readonly Tensor[];
}

/**
 * The tensors of a run beside the golden ones. `run` is a folder with test_case_N/, or one with a file for each layer, named by the layer or its
 * C identifier: .npy, or .bin with all samples one after the other, as the host firmware dumps them. `outputs` are the names of the
 * network's outputs, where they are known. A file that does not fit is a BadInput.
 */
export async function readRun(run: string, golden: string, outputs: readonly string[] = []): Promise<FoundLayer[]> {
  const cases = await readTestCases(golden);
  if (cases.length === 0) {
    const expected = 'test_case_1/ and so on, as bitwright golden writes them';
    throw new BadInput({ where: golden, found: 'no test cases', expected, remedy: 'name the folder of golden tensors second' });
  }
  const wanted = withOutputs(cases, outputs);
  const names = await withFileErrors(run, () => readdir(run));
  const found = names.some((name) => /^test_case_\d+$/.test(name))
    ? fromCases(run, wanted, withOutputs(await readTestCases(run), outputs))
    : await fromFiles(run, wanted, new Set(names));
  const layers = Array.from(wanted, ([name, tensors]): FoundLayer => {
    const own = found.get(name);
    return { name, golden: tensors, ...(own && { found: own }) };
  });
  if (layers.some((layer) => layer.found)) return layers;
  throw new BadInput({
    where: run,
    found: `none of the ${layers.length} golden tensors`,
    expected: `files such as ${layers[0]?.name}.npy`,
    remedy: 'name the folder of the run first, and the golden one second',
  });
}

/** Every layer's tensors over the cases, the float outputs among them: by their own names where those are known. */
function withOutputs(cases: readonly TestCase[], names: readonly string[]): Map<string, Tensor[]> {
  const layers = new Map<string, Tensor[]>();
  const append = (name: string, value: Tensor): void => void layers.set(name, [...(layers.get(name) ?? []), value]);
  for (const { layers: integers, outputs } of cases) {
    for (const [name, value] of integers) append(name, value);
    for (const [index, value] of outputs.entries()) {
      const name = names[index] ?? `output${outputs.length > 1 ? index : ''}_fp32`;
      if (!integers.has(name)) append(name, value);
    }
  }
  return layers;
}

function fitting(where: string, found: Tensor, wanted: Tensor): Tensor {
  const sizes = ({ type }: Tensor): readonly number[] => type.shape.filter((size) => size !== 1);
  if (sameShape(sizes(found), sizes(wanted))) return tensor({ ...found.type, shape: wanted.type.shape }, found.data);
  const expected = `a tensor of shape [${wanted.type.shape.join(', ')}]`;
  throw new BadInput({ where, found: printType(found.type), expected, remedy: 'dump the same network that the golden tensors are of' });
}

function fromCases(run: string, wanted: ReadonlyMap<string, readonly Tensor[]>, found: ReadonlyMap<string, readonly Tensor[]>) {
  const result = new Map<string, readonly Tensor[]>();
  for (const [name, golden] of wanted) {
    const own = found.get(name);
    if (!own) continue;
    const where = `${run}, ${name}`;
    if (own.length < golden.length) {
      const expected = `${golden.length}`;
      throw new BadInput({ where, found: `${own.length} test cases`, expected, remedy: 'run all samples of the golden folder' });
    }
    result.set(
      name,
      golden.map((tensorOf, index) => fitting(`${where}, test case ${index + 1}`, own[index]!, tensorOf)),
    );
  }
  return result;
}

async function fromFiles(run: string, wanted: ReadonlyMap<string, readonly Tensor[]>, names: ReadonlySet<string>) {
  const result = new Map<string, readonly Tensor[]>();
  const identifier = namer();
  for (const [name, golden] of wanted) {
    const stems = [name, `${name}_int8`, name.replaceAll('.', '_'), `${name.replaceAll('.', '_')}_golden`, identifier(name)];
    const candidates = stems.flatMap((stem) => [`${stem}.npy`, `${stem}.bin`]);
    const file = candidates.find((candidate) => names.has(candidate));
    if (file !== undefined) result.set(name, split(join(run, file), await readBytes(join(run, file)), golden));
  }
  return result;
}

/** One file as the tensors of all samples. */
function split(path: string, bytes: Uint8Array, golden: readonly Tensor[]): Tensor[] {
  const [{ type }] = golden as [Tensor];
  const size = bytesOf(type);
  const count = elements(type.shape);
  const array = path.endsWith('.npy') ? parseNpy(bytes, path) : undefined;
  const length = array ? array.data.length * (size / count) : bytes.length;
  if (length !== size * golden.length) {
    const found = array ? printType(array.type) : `${bytes.length} bytes`;
    const expected = `${golden.length} times ${printType(type)}`;
    throw new BadInput({ where: path, found, expected, remedy: 'run the samples of the golden folder' });
  }
  const data = array?.data ?? decodeElements(type.dtype, bytes, path);
  return golden.map((_, index) => ({ type, data: data.subarray(index * count, (index + 1) * count) }));
}
