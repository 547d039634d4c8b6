import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { BadInput } from '../errors.ts';

/** What the operating system's refusals mean to a user: what was found, what was expected, what to do. */
const refusals: Readonly<Record<string, readonly [found: string, expected: string, remedy: string]>> = {
  ENOENT: ['no such file or directory', 'a file that exists', 'check the path'],
  EISDIR: ['a directory', 'a file', 'name a file in it'],
  ENOTDIR: ['a file where its path needs a directory', 'a directory', 'check the path'],
  EACCES: ['no permission', 'access to it', 'change its permissions or choose another path'],
  EPERM: ['no permission', 'access to it', 'change its permissions or choose another path'],
  EROFS: ['a read-only file system', 'one that can be written', 'choose another path'],
  ENOSPC: ['no space left on the device', 'room for the output', 'free some space or choose another path'],
  EDQUOT: ['a full disk quota', 'room for the output', 'free some space or choose another path'],
  EFBIG: ['a file that is too large for its file system', 'room for the output', 'choose another path'],
  EMFILE: ['too many open files', 'a free file descriptor', 'raise the limit with ulimit -n'],
  ENAMETOOLONG: ['a name that is too long', 'a shorter one', 'choose another path'],
  ELOOP: ['a symbolic link that leads to itself', 'a file', 'check the path'],
};

/** A refusal of the operating system as a BadInput about `where`; any other error as it is. */
export function fileError(error: unknown, where: string): unknown {
  const refusal = error instanceof Error && 'code' in error ? refusals[String(error.code)] : undefined;
  if (refusal === undefined) return error;
  const [found, expected, remedy] = refusal;
  return new BadInput({ where, found, expected, remedy }, { cause: error });
}

/** Runs `action` and turns a refusal of the operating system into a BadInput about `where`. */
export async function withFileErrors<T>(where: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(error, where);
  }
}

export const readBytes = (path: string): Promise<Uint8Array> => withFileErrors(path, () => readFile(path));

/** A UTF-8 text; other bytes are a BadInput. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BadInput({ where: path, found: 'bytes that are not UTF-8', expected: 'a text file', remedy: 'check the path' });
  }
}

/** The value of a JSON file; `prepare` may change the text before it is parsed. */
export async function readJson(path: string, prepare: (text: string) => string = (text) => text): Promise<unknown> {
  const text = prepare(await readText(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = `text that is not JSON (${(error as Error).message.replace(/\s+/g, ' ')})`;
    throw new BadInput({ where: path, found, expected: 'JSON', remedy: 'write the file again' }, { cause: error });
  }
}

export async function kindOf(path: string): Promise<'file' | 'directory' | 'absent'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw fileError(error, path);
  }
}

/** What must not outlive a failure, an interrupt (Ctrl-C) or a termination. */
const unfinished = new Set<string>();
const removeUnfinished = (): void => {
  for (const path of unfinished) rmSync(path, { recursive: true, force: true });
};
const stop = (_: NodeJS.Signals, number: number): void => process.exit(128 + number);

/** From now on `path`, which may be created, is removed if the process ends. The function it returns removes it now, unless it was renamed away. */
function removedAtEnd(path: string): () => Promise<void> {
  if (unfinished.size === 0) {
    process.on('exit', removeUnfinished);
    process.on('SIGINT', stop).on('SIGTERM', stop);
  }
  unfinished.add(path);
  return async () => {
    await rm(path, { recursive: true, force: true });
    if (unfinished.delete(path) && unfinished.size === 0) {
      process.off('exit', removeUnfinished);
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  };
}

/** Runs `action`, which may create `path`, and removes that in the end unless it was renamed away. */
async function withUnfinished<T>(path: string, action: () => Promise<T>): Promise<T> {
  const remove = removedAtEnd(path);
  try {
    return await action();
  } finally {
    await remove();
  }
}

/** An empty directory of its own, which is gone when `remove` was called, and when the process ends at the latest. */
export async function openScratchDirectory(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await withFileErrors(tmpdir(), () => mkdtemp(join(tmpdir(), 'bitwright-')));
  return { path, remove: removedAtEnd(path) };
}

/** Runs `action` with an empty directory of its own, which is gone afterwards, come what may. */
export async function withScratchDirectory<T>(action: (path: string) => Promise<T>): Promise<T> {
  const { path, remove } = await openScratchDirectory();
  try {
    return await action(path);
  } finally {
    await remove();
  }
}

const siblingOf = (path: string): string => join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}`);

/** Makes the directory that will hold `path`; the function it returns takes back what it made, as far as that is empty. */
async function makeParent(path: string): Promise<() => Promise<void>> {
  const parent = dirname(path);
  const first = await mkdir(parent, { recursive: true });
  return async () => {
    if (first === undefined) return;
    for (let made = parent; made.startsWith(first); made = dirname(made)) await rmdir(made);
  };
}

/** Gives `temporary` the name `path`. A directory cannot be renamed over a full one: that moves to `old` first. No signal comes in between. */
function exchange(temporary: string, path: string, old: string | undefined): void {
  if (old !== undefined) renameSync(path, old);
  try {
    renameSync(temporary, path);
  } catch (error) {
    if (old !== undefined) renameSync(old, path);
    throw error;
  }
}

async function replace(path: string, where: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await withFileErrors(where, async () => {
    const takeBack = await makeParent(path);
    const temporary = siblingOf(path);
    await withUnfinished(temporary, async () => {
      await write(temporary);
      const old = (await kindOf(path)) === 'directory' ? siblingOf(path) : undefined;
      exchange(temporary, path, old);
      if (old !== undefined) await rm(old, { recursive: true, force: true });
    }).catch(async (error: unknown) => {
      await takeBack().catch(() => undefined);
      throw error;
    });
  });
}

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  if ((await kindOf(path)) === 'directory') throw fileError(Object.assign(new Error(), { code: 'EISDIR' }), path);
  await replace(resolve(path), path, (temporary) => writeFile(temporary, data));
}

/** Stands in every directory that writeDirectory made: only such a directory may be replaced. */
const mark = '.bitwright';
const markText = 'Written by bitwright, which replaces this whole directory when it writes it again.\n';

/**
 * Writes a directory whole or not at all: `write` fills a temporary sibling, which takes the name `path` in the end. On any failure, Ctrl-C
 * or SIGTERM nothing of it is left, and what stood at `path` before still does. A directory that holds something and was not written by
 * this function is a BadInput unless `force`.
 */
export async function writeDirectory(
  path: string,
  write: (temporary: string) => Promise<void>,
  { force = false }: { readonly force?: boolean } = {},
): Promise<void> {
  const target = await realpath(path).catch(() => resolve(path));
  await refuseForeign(path, target, force);
  await replace(target, path, async (temporary) => {
    await mkdir(temporary);
    await write(temporary);
    await writeFile(join(temporary, mark), markText);
  });
}

async function refuseForeign(path: string, target: string, force: boolean): Promise<void> {
  const kind = await kindOf(target);
  if (kind === 'absent') return;
  if (kind === 'file') throw fileError(Object.assign(new Error(), { code: 'ENOTDIR' }), path);
  if (`${process.cwd()}/`.startsWith(`${target}/`))
    throw new BadInput({
      where: path,
      found: 'the working directory',
      expected: 'one that can be replaced',
      remedy: 'choose another path',
    });
  const names = await withFileErrors(path, () => readdir(target));
  if (force || names.length === 0 || names.includes(mark)) return;
  const expected = 'an empty directory, or one that bitwright wrote';
  throw new BadInput({
    where: path,
    found: `a directory that holds ${names.sort()[0]}`,
    expected,
    remedy: 'choose another path, or pass --force',
  });
}
