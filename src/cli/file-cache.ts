import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Bytes by names of any length, which outlive the process. */
export interface FileCache {
  /** What was kept last under a name; undefined where there is nothing. */
  find(name: string): Uint8Array | undefined;
  keep(name: string, bytes: Uint8Array): void;
}

/** Bytes that all files of a cache take up together; the one that was not used for the longest time goes first. */
const room = 128 << 20;
const digestBytes = 32;

export const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Where a cache lies: in the XDG cache directory, on Windows in the local application data. */
export function cacheDirectory(cache: string, environment: Environment = process.env): string {
  const local = process.platform === 'win32' ? environment['LOCALAPPDATA'] : undefined;
  return join(environment['XDG_CACHE_HOME'] || local || join(homedir(), '.cache'), 'bitwright', cache);
}

/**
 * A cache in files. Any number of processes use it at once: a file gets its name when it is whole, and begins with the SHA-256 of the rest, so one that is
 * damaged or that another process has just removed counts as absent. So does one that cannot be read or written, because a run without it differs in nothing
 * but its time. What was kept under another `version` is not found.
 */
export function fileCache(directory: string, version: () => string | Uint8Array = () => ''): FileCache {
  const pathOf = (name: string): string => join(directory, sha256(version(), name).toString('hex'));
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

/** Removes what was not used for the longest time, and folders: a cache has none. */
function makeRoom(directory: string): void {
  const entries = readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const found = statSync(path, { throwIfNoEntry: false });
    return found ? [{ path, bytes: found.size, time: found.mtimeMs, folder: found.isDirectory() }] : [];
  });
  let taken = 0;
  for (const { path, bytes, folder } of entries.sort((a, b) => b.time - a.time)) {
    taken += bytes;
    if (taken > room || folder) rmSync(path, { recursive: true, force: true });
  }
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
