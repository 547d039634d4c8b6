import { basename, join, resolve } from 'node:path';
import { BadInput } from '../../errors.ts';
import { kindOf } from '../../formats/files.ts';
import { readTestCases, type TestCase } from '../../formats/test-cases.ts';
import type { Layer, Network } from '../../network/network.ts';
import { elements, type Shape, type Tensor, tensor } from '../../numeric/tensor.ts';
import { layers as kinds } from '../../operators/layers.ts';
import { importModules, stopAtFirst } from '../import.ts';
import type { ModuleRecord, Report } from '../module.ts';
import { modules } from './definitions.ts';
import { type AresInfo, type AresLayer, type AresStyle, readAresDirectory } from './directory.ts';
import { edgesOf, inputNames } from './graph.ts';
import { missingScale, scalesOf } from './scales.ts';

export interface ImportedAres {
  readonly network: Network;
  /** The numeric style whose integers the golden tensors are. */
  readonly style: AresStyle;
  /** The golden tensors of test_cases/, by the names of the network's layers; empty where there are none. */
  readonly cases: readonly TestCase[];
}

/**
 * Reads an ARES directory: network_info.json, weights/*.npy, test_cases/. Every layer is one or several of the Network, the last bearing its name, so
 * that its golden tensor is that layer's value; looked-up scales are written into quantisers. Findings go to `report`, as in other importers.
 * A BadInput names the file and layer that is wrong.
 */
export async function importAres(directory: string, report: Report = stopAtFirst): Promise<ImportedAres> {
  const info = await readAresDirectory(directory);
  const folder = join(directory, 'test_cases');
  const cases = (await kindOf(folder)) === 'directory' ? await readTestCases(folder) : [];
  const inputs = inputShapes(info, cases[0]?.inputs ?? []);
  const network = networkOf(basename(resolve(directory)), info, inputs, report);
  return {
    network,
    style: info.style ?? 'ares',
    cases: cases.map((one) => ({ ...one, inputs: one.inputs.map((array, at) => shaped(array, inputs, at)) })),
  };
}

const malformed = (where: string, found: string, expected: string): BadInput =>
  new BadInput({ where, found, expected, remedy: 'extract the network again' });

const outputShape = ({ fields }: AresLayer): Shape | undefined => {
  const shape = fields['output_shape'];
  return Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size > 0) ? shape : undefined;
};

const batched = (shape: Shape): Shape => (shape[0] === 1 ? shape : [1, ...shape]);

/** The file does not tell the shapes of the inputs: the first quantiser's is one, else the test case has it. */
function inputShapes({ file, layers }: AresInfo, arrays: readonly Tensor[]): Map<string, Shape> {
  const edges = edgesOf({ file, layers });
  return new Map(
    inputNames(layers).map((input, at) => {
      const reader = layers.find(({ name }) => edges.get(name)!.includes(input));
      const keeps = reader?.type === 'QuantIdentity' || reader?.type === 'QuantReLU';
      const shape = (keeps ? outputShape(reader) : undefined) ?? arrays[at]?.type.shape ?? (reader && outputShape(reader));
      if (shape !== undefined) return [input, batched(shape)] as const;
      throw malformed(file, `nothing that tells the shape of ${input}`, 'test_cases/, or the output_shape of a QuantIdentity in front');
    }),
  );
}

/** An array of a test case in the shape that the network takes; one that does not fit stays, and is refused when it is run. */
function shaped(array: Tensor, inputs: ReadonlyMap<string, Shape>, at: number): Tensor {
  const shape = [...inputs.values()][at] ?? array.type.shape;
  return elements(shape) === array.data.length ? tensor({ dtype: array.type.dtype, shape }, array.data) : array;
}

/** The layers of a file as a Network. `inputs` are the shapes of its inputs, axis 0 being one sample. */
export function networkOf(name: string, info: AresInfo, inputs: ReadonlyMap<string, Shape>, report: Report = stopAtFirst): Network {
  const { file, layers } = info;
  const edges = edgesOf(info);
  const scales = scalesOf(info, edges);
  const shapes = new Map<string, Shape>(inputs);
  const found: Layer[] = [];
  for (const layer of layers) {
    const reads = edges.get(layer.name)!;
    const { outgoing } = scales.get(layer.name)!;
    const record = recordOf(
      layer,
      reads,
      reads.map((input) => shapes.get(input) ?? []),
      outgoing,
    );
    const reached = reads.every((input) => shapes.has(input));
    if (reached) checkLayer(info, layer, record);
    const { layers: own } = fitting(file, layer, () => importModules(file, [...shapes.keys()], [record], modules, new Map(), report));
    for (const one of own) {
      checkTensors(file, layer, one);
      const inputs = one.inputs.map((input) => shapes.get(input)!);
      shapes.set(
        one.name,
        fitting(file, layer, () => kinds.get(one.kind)!.shape(one, inputs)),
      );
    }
    if (own.length > 0) checkShape(file, layer, shapes.get(layer.name)!);
    found.push(...own);
  }
  const last = layers.at(-1)!.name;
  return { name, inputs, layers: found, outputs: shapes.has(last) ? [last] : [] };
}

const recordOf = (
  layer: AresLayer,
  inputs: readonly string[],
  inputShapes: readonly Shape[],
  outgoing: number | undefined,
): ModuleRecord => ({
  name: layer.name,
  className: layer.type,
  inputs,
  inputShapes,
  shape: outputShape(layer) ?? [],
  fields: outgoing === undefined ? layer.fields : { ...layer.fields, outgoing },
  tensors: layer.tensors,
});

/** The scale, the fields and the weights that its type needs. */
function checkLayer({ file }: AresInfo, layer: AresLayer, record: ModuleRecord): void {
  const definition = modules.get(layer.type);
  if (!definition) return;
  const parsed = definition.fields.safeParse(record.fields);
  const where = `${file}, layer ${layer.name}`;
  const unscaled = !parsed.success && parsed.error.issues.some(({ path: [field] }) => field === 'outgoing');
  if (record.fields['outgoing'] === undefined && unscaled) throw missingScale(file, layer);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw malformed(where, `field ${issue?.path.join('.')}: ${issue?.message}`, `the fields of a ${layer.type}`);
  }
  if ('scale_weight' in layer.fields) checkWeights(where, layer);
}

function checkWeights(where: string, { fields, tensors: { weights, bias } }: AresLayer): void {
  if (!weights) throw malformed(where, 'no weights', 'weight_int8, in the file or in weights/');
  const [outputs = 0] = weights.type.shape;
  const number = (field: string): number => Number(fields[field]);
  const kernel = fields['kernel_size'];
  const depthwise = typeof kernel === 'number' ? [number('channels'), kernel] : [number('out_features'), number('in_features')];
  const expected = Array.isArray(kernel)
    ? [number('out_channels'), number('in_channels') / Number(fields['groups'] ?? 1), ...(kernel as number[])]
    : depthwise;
  if (expected.join() !== weights.type.shape.join()) {
    throw malformed(where, `weights of shape [${weights.type.shape.join(', ')}]`, `[${expected.join(', ')}]`);
  }
  if (bias && bias.data.length !== outputs) throw malformed(where, `${bias.data.length} biases`, `${outputs}`);
}

/** An array that one of the Network's layers needs and the file does not have. */
function checkTensors(file: string, { name, type }: AresLayer, { name: part, kind, tensors }: Layer): void {
  const lost = kinds.get(kind)!.required.find((role) => !tensors[role]);
  if (lost === undefined) return;
  throw malformed(`${file}, layer ${name}`, `no ${lost} of its part ${part}`, `the arrays of a ${type}, in the file or in weights/`);
}

/** What the shapes do not fit for is a mistake of the file. */
function fitting<T>(file: string, { name }: AresLayer, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw malformed(`${file}, layer ${name}`, error.message, 'shapes that fit');
  }
}

/** Axes of size 1 come and go between the tools that write the file. */
function checkShape(file: string, layer: AresLayer, found: Shape): void {
  const expected = outputShape(layer);
  const wide = (shape: Shape): string => shape.filter((size) => size !== 1).join(', ');
  if (expected === undefined || wide(expected) === wide(found)) return;
  throw malformed(
    `${file}, layer ${layer.name}`,
    `output_shape [${expected.join(', ')}]`,
    `[${found.join(', ')}], which its input and fields give`,
  );
}
