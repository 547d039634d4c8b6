import { join } from 'node:path';
import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { kindOf, readJson } from '../../formats/files.ts';

/** One network of the suite. */
export interface SuiteNetwork {
  /** Such as `T12`. */
  readonly id: string;
  /** Of its file in models/ and of its bundle, such as `t12_gelu_basic`. */
  readonly name: string;
}

const list = z.record(z.string().regex(/^T[1-9]\d*$/), z.string());

/** The networks of a directory's networks.json, in its order. */
export async function readNetworks(directory: string): Promise<readonly SuiteNetwork[]> {
  const path = join(directory, 'networks.json');
  if ((await kindOf(path)) !== 'file') {
    throw new BadInput({
      where: directory,
      found: 'no networks.json',
      expected: 'a directory with the networks of the suite',
      remedy: 'name it with --models',
    });
  }
  const parsed = list.safeParse(await readJson(path));
  if (!parsed.success) {
    const expected = 'an object such as {"T1": "t01_simplecnn"}';
    throw new BadInput({ where: path, found: 'something else', expected, remedy: 'restore the file' });
  }
  return Object.entries(parsed.data).map(([id, name]) => ({ id, name }));
}

/**
 * The networks of a list such as `T1,T10-T14` or `all`, in the suite's order, each once. A range takes what there is between its ends, which must exist.
 * A RangeError says what the list names that is not there.
 */
export function selectNetworks(networks: readonly SuiteNetwork[], text: string): readonly SuiteNetwork[] {
  if (text === 'all') return networks;
  const position = (word: string): number => {
    const id = word.trim().toUpperCase();
    const found = networks.findIndex((network) => network.id === id);
    if (found < 0) throw new RangeError(`${text}: there is no network ${id || '(an empty name)'}; give names such as T1,T10-T14, or all`);
    return found;
  };
  const chosen = new Set<number>();
  for (const part of text.split(',')) {
    const [first, last = first, ...more] = part.split('-');
    if (more.length > 0) throw new RangeError(`${text}: ${part} is no range such as T10-T14`);
    const [from, to] = [position(first!), position(last!)];
    if (from > to) throw new RangeError(`${text}: ${part} runs backwards`);
    for (let index = from; index <= to; index++) chosen.add(index);
  }
  return networks.filter((_, index) => chosen.has(index));
}
