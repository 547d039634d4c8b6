import { BadInput } from '../../errors.ts';
import type { Network } from '../../network/network.ts';
import { validateNetwork } from '../../network/validate.ts';
import { elements, printType, type Shape, sameShape, type Tensor } from '../../numeric/tensor.ts';
import { layers as kinds } from '../../operators/layers.ts';
import { frameworks } from '../frameworks.ts';
import { importModules, placeOf, stopAtFirst } from '../import.ts';
import type { ModuleRecord, Report } from '../module.ts';
import { type Bundle, checkEdges, readBundle, tensorOf } from './bundle.ts';

/** What the source framework itself computed, axis 0 counting samples; nothing where it was not run. */
export interface Samples {
  readonly count: number;
  /** f32, by the name of the network's input. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** The integers of every quantiser, by the name of its layer. */
  readonly integers: ReadonlyMap<string, Tensor>;
  /** f32, by the name of the network's output. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

export interface ImportedBundle {
  readonly network: Network;
  /** The numeric style whose integers its framework defines. */
  readonly style: 'dyadic' | 'ivit';
  readonly samples: Samples;
  /** Of the framework and PyTorch: `{ brevitas: '0.13.4', torch: '2.13.0' }`. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Reads a bundle (docs/bundle.md) as a Network, with the integers that Brevitas computed. Every record gives one finding to `report`, which by
 * default throws at the first refusal. With one that collects, the network holds what could be imported, and only the outputs that were reached.
 * A malformed bundle is a BadInput that names file and layer.
 */
export async function importBundle(directory: string, report: Report = stopAtFirst): Promise<ImportedBundle> {
  const bundle = await readBundle(directory);
  checkEdges(bundle);
  const { header, files } = bundle;
  const inputs = new Map(header.inputs.map(({ name, shape }) => [name, shape]));
  const records = recordsOf(bundle);
  const { modules, hints, style } = frameworkOf(bundle);
  const { layers, values } = importModules(files.header, [...inputs.keys()], records, modules, hints, report);
  const outputs = new Set(header.outputs.flatMap((name) => values.get(name) ?? []));
  const network: Network = { name: header.name, inputs, layers, outputs: [...outputs] };
  if (header.outputs.every((name) => values.has(name))) checkNetwork(bundle, network, records);
  return { network, style, samples: samplesOf(bundle, records, values), versions: header.source.versions };
}

function frameworkOf({ header, files }: Bundle) {
  const { framework } = header.source;
  const found = frameworks.get(framework);
  if (found) return found;
  throw new BadInput({
    where: files.header,
    found: `the modules of ${framework}`,
    expected: [...frameworks.keys()].join(' or '),
    remedy: 'export the bundle again with the bridge of this version',
  });
}

function recordsOf(bundle: Bundle): readonly ModuleRecord[] {
  const shapes = new Map<string, Shape>(bundle.header.inputs.map(({ name, shape }) => [name, shape]));
  return bundle.header.records.map((record) => {
    const { name, class: className, inputs, shape, fields, location } = record;
    shapes.set(name, shape);
    return {
      name,
      className,
      inputs,
      inputShapes: inputs.map((input) => shapes.get(input)!),
      shape,
      fields,
      tensors: Object.fromEntries(Object.entries(record.tensors).map(([role, key]) => [role, tensorOf(bundle, record, role, key)])),
      ...(location === undefined ? {} : { location }),
    };
  });
}

/** The rules of the layers give the shapes that the framework had. */
function checkNetwork({ files }: Bundle, network: Network, records: readonly ModuleRecord[]): void {
  const shapes = inFile(files.header, () => validateNetwork(network, kinds));
  for (const record of records) {
    const found = shapes.get(record.name);
    if (found === undefined || sameShape(found, record.shape)) continue;
    throw new BadInput({
      where: `${files.header}, ${placeOf(record)}`,
      found: `the shape [${record.shape.join(', ')}]`,
      expected: `[${found.join(', ')}], which its fields and inputs give`,
      remedy: 'export the bundle again with the bridge of this version',
    });
  }
}

/** Puts the file in front of the place that a BadInput of `action` names. */
function inFile<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    throw new BadInput({ ...error.complaint, where: `${file}, ${error.complaint.where}` }, { cause: error });
  }
}

function samplesOf(bundle: Bundle, records: readonly ModuleRecord[], values: ReadonlyMap<string, string>): Samples {
  const { header, tensors } = bundle;
  const shapes = new Map<string, Shape>([...header.inputs, ...records].map(({ name, shape }) => [name, shape]));
  const read = (kind: string, names: readonly string[]): ReadonlyMap<string, Tensor> =>
    new Map(
      names.flatMap((name) => {
        const found = sample(bundle, `sample.${kind}.${name}`, shapes.get(name)!);
        return values.has(name) ? [[values.get(name)!, found] as const] : [];
      }),
    );
  if (header.samples === 0) return { count: 0, inputs: new Map(), integers: new Map(), outputs: new Map() };
  const quantised = records.map(({ name }) => name).filter((name) => tensors.has(`sample.integers.${name}`));
  return {
    count: header.samples,
    inputs: read(
      'input',
      header.inputs.map(({ name }) => name),
    ),
    integers: read('integers', quantised),
    outputs: read('output', header.outputs),
  };
}

/** One tensor of all samples: axis 0 of the shape that one sample has is as many times as long. */
function sample({ header, tensors, files }: Bundle, key: string, [first = 1, ...rest]: Shape): Tensor {
  const found = tensors.get(key);
  const shape = [header.samples * first, ...rest];
  if (found && found.type.shape[0] === shape[0] && elements(found.type.shape) === elements(shape)) return found;
  throw new BadInput({
    where: `${files.tensors}, tensor "${key}"`,
    found: found ? printType(found.type) : 'no such tensor',
    expected: `the shape [${shape.join(', ')}]`,
    remedy: 'export the bundle again with the bridge of this version',
  });
}
