import type { Tensor } from '../../numeric/tensor.ts';
import { readArchive } from './archive.ts';
import { isLegacy, readLegacy } from './legacy.ts';
import { type ByteSource, malformed, shown, withFileSource } from './source.ts';
import { readTensor } from './tensor.ts';
import { type Dict, describeValue, isKind, type Value } from './value.ts';
import { isZip } from './zip.ts';

/** The tensors of a state_dict. Only names, types and shapes are in memory: elements are read when they are asked for. */
export interface Checkpoint {
  /** The file, as the user wrote it. */
  readonly where: string;
  readonly names: readonly string[];
  has(name: string): boolean;
  /** A tensor that is absent, or that nothing here can read, is a BadInput. */
  shape(name: string): readonly number[];
  read(name: string): Promise<Tensor>;
}

/** Runs `use` with the state_dict of a file that torch.save wrote, in either of its formats. Nothing in the file is executed. */
export const withCheckpoint = <T>(path: string, use: (checkpoint: Checkpoint) => Promise<T>): Promise<T> =>
  withFileSource(path, async (source) => use(await readCheckpoint(source)));

export async function readCheckpoint(source: ByteSource): Promise<Checkpoint> {
  const { where } = source;
  const { value, storages } = await containerOf(source);
  const state = stateOf(value, where);
  const at = (name: string): string => `${where}, tensor ${shown(name)}`;
  const stored = (name: string) => {
    const found = state.get(name);
    if (isKind(found, 'tensor')) return found;
    throw malformed(at(name), describeValue(found), 'a tensor of real numbers');
  };
  return {
    where,
    names: [...state.keys()],
    has: (name) => state.has(name),
    shape: (name) => stored(name).shape,
    read: async (name) => readTensor(stored(name), storages, at(name)),
  };
}

async function containerOf(source: ByteSource) {
  const start = await source.read(0, Math.min(source.size, 512));
  if (isZip(start)) return readArchive(source);
  if (isLegacy(start)) return readLegacy(source);
  const isTar = new TextDecoder('latin1').decode(start.subarray(257, 262)) === 'ustar';
  throw malformed(source.where, isTar ? 'a tar archive' : 'a file that begins like no checkpoint', 'what torch.save writes');
}

/** Where training scripts put the state_dict: first as it is, then under these names. */
const wrappers = ['model', 'state_dict', 'model_state_dict', 'module', 'net'];
/** What DataParallel and DistributedDataParallel put in front of each name. */
const parallelPrefix = 'module.';

function stateOf(value: Value, where: string): ReadonlyMap<string, Value> {
  const expected = 'a state_dict, alone or under "model" or "state_dict"';
  if (!isKind(value, 'dict')) throw malformed(where, describeValue(value), expected);
  const inside = wrappers.map((name) => value.entries.get(name)).find((entry) => entry !== undefined && !isKind(entry, 'tensor'));
  const tensors = [...value.entries.values()].some((entry) => isKind(entry, 'tensor'));
  const state = tensors || inside === undefined ? value : inside;
  if (!isKind(state, 'dict')) throw malformed(where, `${describeValue(state)} as the model`, expected);
  return withoutPrefix(state);
}

function withoutPrefix({ entries }: Dict): ReadonlyMap<string, Value> {
  const named = [...entries].filter((entry): entry is [string, Value] => typeof entry[0] === 'string');
  const parallel = named.length > 0 && named.every(([name]) => name.startsWith(parallelPrefix));
  return new Map(parallel ? named.map(([name, value]) => [name.slice(parallelPrefix.length), value]) : named);
}
