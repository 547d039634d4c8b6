import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { kindOf, readBytes, readText, writeDirectory } from '../formats/files.ts';
import { parseSafetensors, printSafetensors } from '../formats/safetensors.ts';
import { type TensorStore, tensorStore } from '../formats/store.ts';
import type { Network } from '../network/network.ts';
import { parseNetwork } from '../network/text.ts';
import type { Program } from '../program/program.ts';
import { parseProgram } from '../program/text.ts';

/** A text form that was written with its tensors. */
export type Shown = { readonly network: Network } | { readonly program: Program };

/** `x.txt` has its tensors in `x.safetensors` beside it. */
const storePath = (path: string): string => `${path.replace(/\.txt$/, '')}.safetensors`;

/** Reads a Network or a Program in its text form, with the tensors beside it. */
export async function readShown(path: string): Promise<Shown> {
  const text = await readText(path);
  const beside = storePath(path);
  const stored = (await kindOf(beside)) === 'file' ? parseSafetensors(await readBytes(beside), beside).tensors : new Map();
  const store = tensorStore(stored);
  try {
    return /^network /.test(text) ? { network: parseNetwork(text, store) } : { program: parseProgram(text, store) };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    throw new BadInput({ ...error.complaint, where: `${path}, ${error.complaint.where}` });
  }
}

/** Writes `directory/name.txt` with its tensors beside it, so that readShown reads it again. */
export async function writeShown(directory: string, name: string, print: (store: TensorStore) => string): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  await writeDirectory(directory, async (temporary) => {
    const store = tensorStore();
    const path = join(temporary, `${name}.txt`);
    await writeFile(path, print(store));
    await writeFile(storePath(path), printSafetensors(store.tensors));
  });
}
