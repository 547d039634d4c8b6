import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput } from '../errors.ts';
import { kindOf, readBytes, readText, writeDirectory } from '../formats/files.ts';
import { parseSafetensors, printSafetensors } from '../formats/safetensors.ts';
import { hashOf, tensorStore } from '../formats/store.ts';
import type { Network } from '../network/network.ts';
import { parseNetwork, printNetwork } from '../network/text.ts';
import type { Tensor } from '../numeric/tensor.ts';
import type { Store } from '../numeric/text.ts';
import type { Program } from '../program/program.ts';
import { parseProgram, printProgram } from '../program/text.ts';

/** One of the two values that have a text form. */
export type Shown = { readonly network: Network } | { readonly program: Program };

/** `x.txt` has its tensors in `x.safetensors` beside it. */
const storePath = (path: string): string => `${path.replace(/\.txt$/, '')}.safetensors`;

export const printShown = (shown: Shown, store: Store): string =>
  'network' in shown ? printNetwork(shown.network, store) : printProgram(shown.program, store);

/** Reads a text form, with the tensors beside it. A BadInput names the file and the line that is wrong. */
export async function readShown(path: string): Promise<Shown> {
  const text = await readText(path);
  const beside = storePath(path);
  const stored = (await kindOf(beside)) === 'file' ? parseSafetensors(await readBytes(beside), beside).tensors : new Map();
  const store = tensorStore(stored);
  try {
    return text.startsWith('network ') ? { network: parseNetwork(text, store) } : { program: parseProgram(text, store) };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    throw new BadInput({ ...error.complaint, where: path }, { cause: error });
  }
}

const nameOf = (shown: Shown): string => ('network' in shown ? 'network.txt' : 'program.txt');

/** Writes network.txt or program.txt, with its tensors beside it, into a directory that exists. */
export async function writeShownInto(directory: string, shown: Shown): Promise<void> {
  const store = tensorStore();
  const path = join(directory, nameOf(shown));
  await writeFile(path, printShown(shown, store));
  await writeFile(storePath(path), printSafetensors(store.tensors));
}

/** Writes a directory with the text and its tensors, so that readShown reads it again. Returns the path of the text. */
export async function writeShown(directory: string, shown: Shown): Promise<string> {
  await writeDirectory(directory, (temporary) => writeShownInto(temporary, shown));
  return join(directory, nameOf(shown));
}

/** One layer, or one step with the constants that it reads. */
export function onlyStep(shown: Shown, wanted: string): Shown {
  if ('network' in shown) {
    const { network } = shown;
    const layer = named(network.layers, wanted, network.name);
    return { network: { ...network, inputs: new Map(), layers: [layer], outputs: [layer.name] } };
  }
  const { program } = shown;
  const step = named(program.steps, wanted, program.name);
  const read = new Set(step.stages.flatMap(({ operands }) => operands));
  const constants = new Map([...program.constants].filter(([name]) => read.has(name)));
  return { program: { ...program, inputs: new Map(), constants, steps: [step], outputs: [step.name] } };
}

function named<T extends { readonly name: string }>(items: readonly T[], wanted: string, where: string): T {
  const found = items.find(({ name }) => name === wanted);
  if (found) return found;
  const some = items.slice(0, 8).map(({ name }) => name);
  const expected = `one of ${some.join(', ')}${items.length > some.length ? ', ...' : ''}`;
  throw new BadInput({ where, found: `no step ${wanted}`, expected, remedy: 'leave --step out to see all names' });
}

/** The same as plain data for JSON: of a tensor its type and the hash of its elements. */
export function describeShown(shown: Shown): unknown {
  const describe = (tensor: Tensor) => ({ ...tensor.type, data: hashOf(tensor) });
  const describeAll = (tensors: Iterable<readonly [string, Tensor]>) =>
    Object.fromEntries(Array.from(tensors, ([name, tensor]) => [name, describe(tensor)]));
  if ('program' in shown) return { ...shown.program, constants: describeAll(shown.program.constants) };
  const layers = shown.network.layers.map((layer) => ({ ...layer, tensors: describeAll(Object.entries(layer.tensors)) }));
  return { ...shown.network, layers };
}
