import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDirectory } from '../formats/files.ts';
import { aresFormOf, exportAres } from '../importers/ares/export.ts';
import type { ImportedBundle } from '../importers/bundle/import.ts';
import { stopAtFirst } from '../importers/import.ts';
import type { Network } from '../network/network.ts';
import { computeGolden } from '../verify/golden.ts';
import { testCaseOf } from '../verify/golden-files.ts';
import type { Sample } from '../verify/samples.ts';
import type { Io } from './command.ts';
import { loadModel, withTraced } from './load.ts';
import type { PythonSource, Source } from './model-options.ts';
import { lowered, type StyleName, samplesFor } from './road.ts';

/** Traces a model and writes its bundle to `out`, which appears only when the network in it can be imported and lowered. */
export async function extractBundle(
  source: PythonSource,
  out: string,
  { style, force }: { readonly style: StyleName | undefined; readonly force: boolean },
  io: Io,
): Promise<ImportedBundle> {
  let extracted: ImportedBundle | undefined;
  const fill = (temporary: string): Promise<void> =>
    withTraced(source, io, stopAtFirst, async (imported, bundle) => {
      await lowered(imported.network, style ?? imported.style);
      for (const name of await readdir(bundle)) await copyFile(join(bundle, name), join(temporary, name));
      extracted = imported;
    });
  await writeDirectory(out, fill, { force });
  return extracted!;
}

/** Writes a network and its golden tensors as an ARES directory; a BadInput says what that format cannot hold. */
export async function extractAres(
  source: Source,
  out: string,
  { force }: { readonly force: boolean },
  io: Io,
): Promise<{ readonly network: Network; readonly cases: number }> {
  const { network, samples } = await loadModel(source, io);
  const form = aresFormOf(network);
  const named = new Set(form.layers.map(({ name }) => name));
  const program = await lowered(form.network, 'ares', { fuse: false });
  const given = samples ? await samplesFor({ network, samples }, { input: [], divide: 1 }) : [];
  const renamed = given.map((sample): Sample => {
    const arrays = [...network.inputs.keys()].map((name) => sample.get(name)!);
    return new Map([...form.network.inputs.keys()].map((name, at) => [name, arrays[at]!]));
  });
  const golden = await computeGolden(program, renamed, { engine: 'reference' });
  const cases = renamed.map((sample, index) => {
    const one = testCaseOf(form.network, program, sample, golden[index]!);
    return { ...one, layers: new Map([...one.layers].filter(([name]) => named.has(name))) };
  });
  await exportAres(out, form, { cases, force });
  return { network, cases: cases.length };
}
