import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { withScratchDirectory } from '../formats/files.ts';
import { type ImportedBundle, importBundle } from '../importers/brevitas/import.ts';
import { stopAtFirst } from '../importers/import.ts';
import type { Report } from '../importers/module.ts';
import { traceModel } from './bridge.ts';
import type { Io } from './command.ts';
import type { PythonSource, Source } from './model-options.ts';

/** Imports what MODEL names; `report` hears a finding for each of its layers and by default throws at the first refusal. */
export function loadModel(source: Source, io: Io, report: Report = stopAtFirst): Promise<ImportedBundle> {
  return source.kind === 'python' ? loadPython(source, io, report) : importBundle(source.path, report);
}

/** Traces the model into a bundle that nobody sees: what is wrong with a layer is said of the user's file. */
const loadPython = (source: PythonSource, io: Io, report: Report): Promise<ImportedBundle> =>
  withScratchDirectory(async (scratch) => {
    const bundle = join(scratch, 'bundle');
    await traceModel(source, bundle, io);
    try {
      return await importBundle(bundle, (finding) => report({ ...finding, file: source.file }));
    } catch (error) {
      if (!(error instanceof BadInput) || !error.complaint.where.startsWith(bundle)) throw error;
      const where = error.complaint.where.slice(bundle.length).replace(/^[^,]*/, source.file);
      throw new BadInput({ ...error.complaint, where }, { cause: error });
    }
  });
