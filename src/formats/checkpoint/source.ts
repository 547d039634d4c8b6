import { open } from 'node:fs/promises';
import { BadInput } from '../../errors.ts';
import { fileError } from '../files.ts';

/** Bytes that are read by their offset, so that a file of many gigabytes never lies in memory as a whole. */
export interface ByteSource {
  /** The file, as the user wrote it. */
  readonly where: string;
  readonly size: number;
  /** Exactly these bytes; what lies beyond the end is a BadInput. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A text of the file as it may stand in a sentence: without what moves a terminal's cursor, and not endless. */
export const shown = (text: string): string => text.replaceAll(/\p{C}/gu, '?').slice(0, 200);

export const malformed = (where: string, found: string, expected: string): BadInput => {
  const remedy = 'copy the file again, or save it again with torch.save(model.state_dict(), path)';
  return new BadInput({ where, found: shown(found), expected: shown(expected), remedy });
};

/** A source that refuses what lies beyond its end before it reads. */
export const bounded = (source: ByteSource): ByteSource => ({
  ...source,
  async read(offset, length) {
    const inside = offset >= 0 && length >= 0 && offset + length <= source.size;
    if (!inside) throw malformed(source.where, `${source.size} bytes`, `at least ${offset + length}`);
    return source.read(offset, length);
  },
});

/** Runs `use` with an open file, which is closed afterwards. */
export async function withFileSource<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const file = await open(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    const facts = await file.stat();
    if (facts.isDirectory()) throw fileError(Object.assign(new Error(), { code: 'EISDIR' }), path);
    const source = bounded({
      where: path,
      size: facts.size,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), offset + done).catch((error: unknown) => {
            throw fileError(error, path);
          });
          if (bytesRead === 0) throw malformed(path, 'a file that became shorter', 'one that nobody writes');
          done += bytesRead;
        }
        return bytes;
      },
    });
    return await use(source);
  } finally {
    await file.close();
  }
}
