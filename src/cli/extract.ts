import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDirectory } from '../formats/files.ts';
import type { ImportedBundle } from '../importers/brevitas/import.ts';
import { stopAtFirst } from '../importers/import.ts';
import type { Io } from './command.ts';
import { withTraced } from './load.ts';
import type { PythonSource } from './model-options.ts';
import { lowered, type StyleName } from './road.ts';

/** Traces a model and writes its bundle to `out`, which appears only when the network in it can be imported and lowered. */
export async function extractBundle(
  source: PythonSource,
  out: string,
  { style, force }: { readonly style: StyleName; readonly force: boolean },
  io: Io,
): Promise<ImportedBundle> {
  let extracted: ImportedBundle | undefined;
  const fill = (temporary: string): Promise<void> =>
    withTraced(source, io, stopAtFirst, async (imported, bundle) => {
      await lowered(imported.network, style);
      for (const name of await readdir(bundle)) await copyFile(join(bundle, name), join(temporary, name));
      extracted = imported;
    });
  await writeDirectory(out, fill, { force });
  return extracted!;
}
