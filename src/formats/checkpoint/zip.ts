import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import { BadInput } from '../../errors.ts';
import { type ByteSource, malformed } from './source.ts';

/** Where the bytes of a stored entry lie in the file. */
export interface Extent {
  readonly offset: number;
  readonly bytes: number;
}

/** yauzl's reader over a ByteSource. Its streams are never asked for: entries are stored, so their bytes are read by offset. */
class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#source.read(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        done(null, bytes.length);
      },
      (error: Error) => done(error),
    );
  }
}

/** What begins every ZIP file that is not empty. */
export const isZip = (start: Uint8Array): boolean => start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;

/** More entries than any checkpoint has; each costs two reads. */
const mostEntries = 1 << 20;

/**
 * The entries of a ZIP file (also ZIP64) whose names match `wanted`, by name. A broken file, a second entry of a name and a compressed entry are
 * BadInputs.
 */
export async function zipEntries(source: ByteSource, wanted: RegExp): Promise<ReadonlyMap<string, Extent>> {
  const { where } = source;
  try {
    const zip = await fromRandomAccessReaderPromise(new SourceReader(source), source.size);
    if (zip.entryCount > mostEntries) throw malformed(where, `${zip.entryCount} entries`, `a checkpoint of at most ${mostEntries}`);
    const entries = new Map<string, Extent>();
    for await (const entry of zip.eachEntry()) {
      const { fileName: name, compressionMethod, uncompressedSize } = entry;
      if (!wanted.test(name)) continue;
      if (compressionMethod !== 0 || entry.isEncrypted()) throw malformed(where, `the compressed entry ${name}`, 'stored entries');
      if (entries.has(name)) throw malformed(where, `two entries ${name}`, 'one of each name');
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      entries.set(name, { offset: fileDataStart, bytes: uncompressedSize });
    }
    return entries;
  } catch (error) {
    if (error instanceof BadInput) throw error;
    throw malformed(where, `a broken ZIP file (${(error as Error).message.split('. ')[0]})`, 'a whole PyTorch checkpoint');
  }
}
