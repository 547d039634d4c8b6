import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { BadInput } from '../errors.ts';
import type { Tensor } from '../numeric/tensor.ts';
import { kindOf, readBytes } from './files.ts';
import { parseSafetensors } from './safetensors.ts';

/** What a framework's modules computed, axis 0 counting pictures. */
export interface Dumps {
  readonly where: string;
  /** f32, as the network takes it. */
  readonly input: Tensor;
  /** The integers of each module, by its path. */
  readonly integers: ReadonlyMap<string, Tensor>;
  /** f32: by what the integers of a module are multiplied, one element or one for each channel, where it was saved. */
  readonly scales: ReadonlyMap<string, Tensor>;
  /** f32: integer times scale of the last module, where it was saved. */
  readonly logits: Tensor | undefined;
}

const names = ['dump.safetensors', 'dump.safetensors.gz'] as const;
const endings = { integers: '.int', scales: '.scale' } as const;

const refuse = (where: string, found: string, expected: string): never => {
  throw new BadInput({ where, found, expected, remedy: 'write the dumps again' });
};

/** The tensors of a dump: `input`, `<module>.int` for each module, `<module>.scale` and `logits_exact` where they are there. */
export function parseDumps(bytes: Uint8Array, where: string): Dumps {
  const { tensors } = parseSafetensors(bytes, where);
  const input = tensors.get('input') ?? refuse(where, 'no tensor "input"', 'what the network was given');
  const endingIn = (ending: string): ReadonlyMap<string, Tensor> =>
    new Map([...tensors].filter(([key]) => key.endsWith(ending)).map(([key, value]) => [key.slice(0, -ending.length), value]));
  const integers = endingIn(endings.integers);
  if (integers.size === 0) refuse(where, 'no tensor that ends in .int', 'the integers of modules');
  return { where, input, integers, scales: endingIn(endings.scales), logits: tensors.get('logits_exact') };
}

/** Reads a folder with dump.safetensors, which may be compressed by gzip. */
export async function readDumps(directory: string): Promise<Dumps> {
  const kinds = await Promise.all(names.map((name) => kindOf(join(directory, name))));
  const name = names[kinds.indexOf('file')] ?? refuse(directory, `no ${names.join(' and no ')}`, 'a folder with dumps');
  const where = join(directory, name);
  const bytes = await readBytes(where);
  const plain = name.endsWith('.gz')
    ? await promisify(gunzip)(bytes).catch(() => refuse(where, 'a broken gzip file', 'a whole one'))
    : bytes;
  return parseDumps(plain, where);
}
