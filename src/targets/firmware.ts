import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeDirectory } from '../formats/files.ts';

/** A folder: the text or bytes of each file by its path, '/' between folders. */
export type Firmware = ReadonlyMap<string, string | Uint8Array>;

/** The C sources that this package carries; they lie beside src/ and dist/ alike. */
const kernelFolder = new URL('../../kernels/', import.meta.url);

/** The text of a file of kernels/. */
export const kernelSource = (path: string): Promise<string> => readFile(new URL(path, kernelFolder), 'utf8');

/** The text of files of kernels/ and of every header there that they include, by their names. */
export async function withHeaders(names: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const waiting = [...names];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (texts.has(name)) continue;
    const text = await kernelSource(name);
    texts.set(name, text.trimEnd());
    waiting.push(...Array.from(text.matchAll(/^#include "([\w/]+\.h)"$/gm), ([, header]) => header!));
  }
  return texts;
}

/** Writes the folder whole or not at all. */
export const writeFirmware = (firmware: Firmware, directory: string, options: { readonly force?: boolean } = {}): Promise<void> =>
  writeDirectory(
    directory,
    async (temporary) => {
      for (const [path, content] of firmware) {
        await mkdir(dirname(join(temporary, path)), { recursive: true });
        await writeFile(join(temporary, path), content);
      }
    },
    options,
  );
