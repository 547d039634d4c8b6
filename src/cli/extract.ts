import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { writeDirectory } from '../formats/files.ts';
import type { Approximation } from '../importers/ares/approximate.ts';
import { type AresStyle, aresStyles, isAresStyle } from '../importers/ares/directory.ts';
import { aresForm, exportAres } from '../importers/ares/export.ts';
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

/** What was written as an ARES directory. */
export interface ExtractedAres {
  readonly network: Network;
  readonly cases: number;
  /** The style of the golden tensors, and why it is not that of ARES. */
  readonly style: AresStyle;
  readonly reason?: string;
  readonly changes: readonly Approximation[];
}

/**
 * Writes a network and its golden tensors as an ARES directory; a BadInput says what that format cannot hold. With `nearest` it is written as near
 * as the format can hold it.
 */
export async function extractAres(
  source: Source,
  out: string,
  { force, nearest, style: asked }: { readonly force: boolean; readonly nearest: boolean; readonly style: StyleName | undefined },
  io: Io,
): Promise<ExtractedAres> {
  const { network, samples } = await loadModel(source, io);
  const { form, changes } = aresForm(network, { nearest });
  const { program, style, reason } = await loweredAs(form.network, asked);
  const given = samples ? await samplesFor({ network, samples }, { input: [], divide: 1 }) : [];
  const renamed = given.map((sample): Sample => {
    const arrays = [...network.inputs.keys()].map((name) => sample.get(name)!);
    return new Map([...form.network.inputs.keys()].map((name, at) => [name, arrays[at]!]));
  });
  const golden = await computeGolden(program, renamed, { engine: 'reference' });
  const named = new Set(form.layers.map(({ name }) => name));
  const cases = renamed.map((sample, index) => {
    const one = testCaseOf(form.network, program, sample, golden[index]!);
    return { ...one, layers: new Map([...one.layers].filter(([name]) => named.has(name))) };
  });
  await exportAres(out, form, { cases, force, style });
  return { network, cases: cases.length, style, ...(reason !== undefined && { reason }), changes };
}

/** In the style that was asked for; else in that of ARES, or exactly where it has no formula for a layer. */
async function loweredAs(network: Network, asked: StyleName | undefined) {
  const inStyle = async (style: AresStyle) => ({ program: await lowered(network, style, { fuse: false }), style });
  if (asked !== undefined && !isAresStyle(asked)) {
    throw new BadInput({
      where: '--style',
      found: asked,
      expected: `one of ${aresStyles.join(', ')}`,
      remedy: 'name one of them, or none',
    });
  }
  const [first, next] = asked === undefined ? aresStyles : [asked];
  try {
    return { ...(await inStyle(first)), reason: undefined };
  } catch (error) {
    if (!(error instanceof BadInput) || next === undefined) throw error;
    return { ...(await inStyle(next)), reason: error.message };
  }
}
