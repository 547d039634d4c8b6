import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { withScratchDirectory } from '../formats/files.ts';
import { type ImportedBundle, importBundle } from '../importers/bundle/import.ts';
import { type ImportedModel, modelFormats } from '../importers/formats.ts';
import { stopAtFirst } from '../importers/import.ts';
import type { Report } from '../importers/module.ts';
import { traceModel } from './bridge.ts';
import type { Io } from './command.ts';
import type { PythonSource, Source } from './model-options.ts';

/** Imports what MODEL names; `report` hears a finding for each of its layers and by default throws at the first refusal. */
export async function loadModel(source: Source, io: Io, report: Report = stopAtFirst): Promise<ImportedModel> {
  if (source.kind === 'python') {
    const { network, style, samples } = await loadPython(source, io, report);
    return { network, style, samples, cases: [] };
  }
  const model = await modelFormats[source.kind].load(source.path, source, report);
  for (const sentence of model.notes ?? []) io.note(`${sentence}\n`);
  return model;
}

/** As loadModel, with the integers that the source framework computed, which only a bundle or a .py model has. */
export async function loadTraced(source: Source, io: Io, report: Report = stopAtFirst): Promise<ImportedBundle> {
  if (source.kind === 'python') return loadPython(source, io, report);
  const traced = source.kind === 'bundle' ? await importBundle(source.path, report) : undefined;
  if (traced && traced.samples.count > 0) return traced;
  throw new BadInput({
    where: source.path,
    found: traced ? 'a bundle without samples' : modelFormats[source.kind].what,
    expected: 'a bundle or a .py model, which have the integers of their framework',
    remedy: 'extract a bundle with bitwright extract; a checkpoint is compared with dumps, by bitwright compare',
  });
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
