import { torchMeanings } from './meanings.ts';
import { type Meanings, parsePickle } from './pickle.ts';
import { type ByteSource, malformed } from './source.ts';
import type { Storages } from './tensor.ts';
import { isKind, type Value } from './value.ts';
import type { Extent } from './zip.ts';

/** 0x1950a86a20f9469cfc6c: the first pickle of a file that PyTorch before 1.6 wrote, or with _use_new_zipfile_serialization=False. */
const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;

/** The pickles stand in front of the elements; no checkpoint has more of them than this. */
export const mostPickleBytes = 1 << 26;

/** The pickle of that number: protocol (two bytes), LONG1, its length, its bytes. */
export const isLegacy = (start: Uint8Array): boolean =>
  start[0] === 0x80 && [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46].every((byte, at) => start[2 + at] === byte || start[11 + at] === byte);

/**
 * Reads the file format without a ZIP container: five pickles (magic number, version, machine, the value, the keys of its storages), then each
 * storage as its number of elements (64 bits) and the elements, little-endian.
 */
export async function readLegacy(source: ByteSource): Promise<{ readonly value: Value; readonly storages: Storages }> {
  const { where } = source;
  const bytes = await source.read(0, Math.min(source.size, mostPickleBytes));
  const sizes = new Map<string, number>();
  const meanings = recordingSizes(torchMeanings(where), sizes);
  let position = 0;
  const next = (): Value => {
    const { value, end } = parsePickle(bytes, position, where, meanings);
    position = end;
    return value;
  };
  if (next() !== magic || next() !== version) throw malformed(where, 'another magic number', 'a PyTorch checkpoint');
  next();
  const value = next();
  const keys = next();
  if (!isKind(keys, 'list')) throw malformed(where, 'no list of storages', 'one behind the value');
  return { value, storages: { source, bigEndian: false, extents: await extentsOf(source, position, keys.items, sizes) } };
}

/** The same meanings; how many bytes an element of each storage has is written into `sizes`. */
const recordingSizes = (meanings: Meanings, sizes: Map<string, number>): Meanings => ({
  ...meanings,
  persistent(id) {
    const storage = meanings.persistent(id);
    if (isKind(storage, 'storage')) sizes.set(storage.key, storage.type?.bytes ?? 1);
    return storage;
  },
});

async function extentsOf(
  source: ByteSource,
  start: number,
  keys: readonly Value[],
  sizes: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, Extent>> {
  const extents = new Map<string, Extent>();
  let position = start;
  for (const key of keys) {
    const count = Number(new DataView((await source.read(position, 8)).buffer).getBigInt64(0, true));
    const size = typeof key === 'string' ? sizes.get(key) : undefined;
    if (size === undefined)
      throw malformed(
        source.where,
        `elements of storage ${typeof key === 'string' ? key : '?'}, whose type nothing tells`,
        'those of a tensor',
      );
    const extent = { offset: position + 8, bytes: count * size };
    position = extent.offset + extent.bytes;
    if (count < 0 || position > source.size) throw malformed(source.where, `${source.size} bytes`, `${count} elements in storage ${key}`);
    extents.set(key as string, extent);
  }
  return extents;
}
