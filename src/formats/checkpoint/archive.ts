import { mostPickleBytes } from './legacy.ts';
import { torchMeanings } from './meanings.ts';
import { parsePickle } from './pickle.ts';
import { type ByteSource, malformed } from './source.ts';
import type { Storages } from './tensor.ts';
import type { Value } from './value.ts';
import { type Extent, zipEntries } from './zip.ts';

/** Reads the ZIP container that PyTorch writes since 1.6: `<name>/data.pkl`, `<name>/byteorder`, and a stored entry `<name>/data/<key>` for each storage. */
export async function readArchive(source: ByteSource): Promise<{ readonly value: Value; readonly storages: Storages }> {
  const { where } = source;
  const entries = await zipEntries(source, /^[^/]+\/(data\.pkl|constants\.pkl|byteorder|data\/[^/]+)$/);
  const pickles = [...entries.keys()].filter((name) => name.endsWith('/data.pkl') && name.split('/').length === 2);
  const [name, second] = pickles;
  if (name === undefined || second !== undefined)
    throw malformed(where, `a ZIP file with ${pickles.length} entries data.pkl`, 'a PyTorch checkpoint, which has one');
  const folder = name.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`)) throw malformed(where, 'a TorchScript archive', 'a checkpoint with a state_dict');
  const read = ({ offset, bytes }: Extent): Promise<Uint8Array> => source.read(offset, bytes);
  const pickle = entries.get(name)!;
  if (pickle.bytes > mostPickleBytes)
    throw malformed(where, `a pickle of ${pickle.bytes} bytes`, 'a state_dict, whose tensors are stored beside it');
  const order = entries.get(`${folder}byteorder`);
  const byteOrder = order && order.bytes < 16 ? new TextDecoder().decode(await read(order)) : 'little';
  if (byteOrder !== 'little' && byteOrder !== 'big') throw malformed(where, `the byte order "${byteOrder}"`, 'little or big');
  const { value } = parsePickle(await read(pickle), 0, where, torchMeanings(where));
  const prefix = `${folder}data/`;
  const extents = new Map(
    [...entries].filter(([entry]) => entry.startsWith(prefix)).map(([entry, extent]) => [entry.slice(prefix.length), extent]),
  );
  return { value, storages: { source, bigEndian: byteOrder === 'big', extents } };
}
