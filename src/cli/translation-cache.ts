import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Translations } from '../simulator/machine.ts';
import { cacheDirectory, type Environment } from './firmware-cache.ts';

/** Bytes that all files take up together; the one that was not used for the longest time goes first. */
const room = 128 << 20;
const digestBytes = 32;

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The translator that a file was written by: one that was changed reads none of another's. */
function translatorVersion(): Buffer {
  const folder = fileURLToPath(new URL('../simulator/', import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.d)\.[jt]s$/.test(name));
  return sha256(...names.sort().flatMap((name) => [name, readFileSync(join(folder, name))]));
}

/**
 * Translated code of simulated programs in files, beside the cache of firmware. A file begins with the SHA-256 of the rest: one that is damaged counts as
 * absent. So does one that cannot be read or written, because a run without it differs in nothing but its time.
 */
export function translationCache(environment: Environment = process.env): Translations {
  const directory = join(dirname(cacheDirectory(environment)), 'translations');
  let version: Buffer | undefined;
  const pathOf = (name: string): string => {
    version ??= translatorVersion();
    return join(directory, sha256(version, process.version, name).toString('hex'));
  };
  return {
    find: (name) =>
      orNothing(() => {
        const path = pathOf(name);
        const bytes = readFileSync(path);
        const content = bytes.subarray(digestBytes);
        if (!sha256(content).equals(bytes.subarray(0, digestBytes))) return undefined;
        utimesSync(path, new Date(), new Date());
        return content;
      }),
    keep: (name, bytes) =>
      orNothing(() => {
        if (digestBytes + bytes.length > room) return;
        mkdirSync(directory, { recursive: true });
        const temporary = join(directory, `.${randomBytes(8).toString('hex')}`);
        try {
          writeFileSync(temporary, Buffer.concat([sha256(bytes), bytes]));
          renameSync(temporary, pathOf(name));
        } finally {
          rmSync(temporary, { force: true });
        }
        makeRoom(directory);
      }),
  };
}

function makeRoom(directory: string): void {
  const files = readdirSync(directory).map((name) => ({ path: join(directory, name), ...sizeAndTime(join(directory, name)) }));
  let taken = 0;
  for (const { path, bytes } of files.sort((a, b) => b.time - a.time)) {
    taken += bytes;
    if (taken > room) rmSync(path, { force: true });
  }
}

function sizeAndTime(path: string): { readonly bytes: number; readonly time: number } {
  const { size, mtimeMs } = statSync(path);
  return { bytes: size, time: mtimeMs };
}

/** What the file system refuses is as if nothing were there. */
function orNothing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}
