import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { withScratchDirectory } from '../formats/files.ts';
import type { TestCase } from '../formats/test-cases.ts';
import { type ImportedBundle, importBundle } from '../importers/brevitas/import.ts';
import { stopAtFirst } from '../importers/import.ts';
import type { Report } from '../importers/module.ts';
import type { Network } from '../network/network.ts';
import { elements, type Tensor, tensor } from '../numeric/tensor.ts';
import { traceModel } from './bridge.ts';
import type { Io } from './command.ts';
import type { PythonSource, Source } from './model-options.ts';

/** What every MODEL is once it is read. */
export interface LoadedModel {
  readonly network: Network;
  /** Inputs that it brings along: f32 by the input's name, axis 0 counting samples. */
  readonly samples?: { readonly inputs: ReadonlyMap<string, Tensor> };
  /** The golden tensors of an ARES directory, in the ares style; none elsewhere. */
  readonly cases: readonly TestCase[];
}

/** Imports what MODEL names; `report` hears a finding for each of its layers and by default throws at the first refusal. */
export async function loadModel(source: Source, io: Io, report: Report = stopAtFirst): Promise<LoadedModel> {
  if (source.kind !== 'ares') return { ...(await loadTraced(source, io, report)), cases: [] };
  const { importAres } = await import('../importers/ares/import.ts');
  const { network, cases } = await importAres(source.path, report);
  return cases.length === 0 ? { network, cases } : { network, cases, samples: { inputs: stacked(network, cases) } };
}

/** As loadModel, with the integers that the source framework computed, which only a bundle or a .py model has. */
export async function loadTraced(source: Source, io: Io, report: Report = stopAtFirst): Promise<ImportedBundle> {
  if (source.kind === 'python') return loadPython(source, io, report);
  if (source.kind === 'bundle') return importBundle(source.path, report);
  throw new BadInput({
    where: source.path,
    found: 'an ARES directory',
    expected: 'a bundle or a .py model, which have the integers of their framework',
    remedy: 'extract a bundle with bitwright extract',
  });
}

/** The inputs of all cases one behind the other. An array that does not have the input's size is a BadInput. */
function stacked({ name: network, inputs }: Network, cases: readonly TestCase[]): ReadonlyMap<string, Tensor> {
  return new Map(
    [...inputs].map(([name, shape], at) => {
      const size = elements(shape);
      const data = new Float32Array(cases.length * size);
      for (const [index, one] of cases.entries()) {
        const given = one.inputs[at];
        if (given?.data.length === size) data.set(given.data, index * size);
        else {
          const where = `test case ${index + 1} of ${network}`;
          const found = given ? `${given.data.length} elements for ${name}` : `no array for ${name}`;
          throw new BadInput({ where, found, expected: `${size}`, remedy: 'write the test cases again' });
        }
      }
      return [name, tensor({ dtype: 'f32', shape: [cases.length, ...shape.slice(1)] }, data)];
    }),
  );
}

const loadPython = (source: PythonSource, io: Io, report: Report): Promise<ImportedBundle> =>
  withTraced(source, io, report, async (imported) => imported);

/**
 * Traces the model into a bundle that goes away, and does `use` with what it holds and the bundle's directory. What is wrong with a layer is
 * said of the user's file.
 */
export const withTraced = <T>(
  source: PythonSource,
  io: Io,
  report: Report,
  use: (imported: ImportedBundle, directory: string) => Promise<T>,
): Promise<T> =>
  withScratchDirectory(async (scratch) => {
    const bundle = join(scratch, 'bundle');
    await traceModel(source, bundle, io);
    const imported = await importBundle(bundle, (finding) => report({ ...finding, file: source.file })).catch((error: unknown) => {
      if (!(error instanceof BadInput) || !error.complaint.where.startsWith(bundle)) throw error;
      const [, ...place] = error.complaint.where.split(', ');
      throw new BadInput({ ...error.complaint, where: [source.file, ...place].join(', ') }, { cause: error });
    });
    return use(imported, bundle);
  });
