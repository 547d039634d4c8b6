import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import {
  fileError,
  kindOf,
  readBytes,
  readJson,
  readText,
  withScratchDirectory,
  writeDirectory,
  writeWhole,
} from '../../src/formats/files.ts';

let root: string;
const at = (...names: string[]): string => join(root, ...names);
const fill = (text: string) => (path: string) => writeFile(join(path, 'tensor.bin'), text);
const everything = (): string[] => readdirSync(root, { recursive: true }).map(String).sort();

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-files-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

describe('reading', () => {
  test.each([
    [
      'a missing file',
      () => readBytes(at('absent.npy')),
      /absent\.npy: found no such file or directory, expected a file that exists\. Check the path\./,
    ],
    ['a directory', () => readBytes(root), /found a directory, expected a file/],
    ['a path through a file', () => readBytes(at('file', 'x')), /found a file where its path needs a directory/],
    ['text that is not UTF-8', () => readText(at('latin1')), /found bytes that are not UTF-8/],
    ['text that is not JSON', () => readJson(at('file')), /found text that is not JSON \(.*\), expected JSON/],
  ])('refuses %s in a sentence', async (_, read, sentence) => {
    writeFileSync(at('file'), '{"a": ');
    writeFileSync(at('latin1'), Buffer.from([0xe4]));
    await expect(read()).rejects.toThrow(BadInput);
    await expect(read()).rejects.toThrow(sentence);
  });

  test('tells files, directories and absence apart', async () => {
    writeFileSync(at('file'), '');
    expect(await Promise.all([kindOf(root), kindOf(at('file')), kindOf(at('absent'))])).toEqual(['directory', 'file', 'absent']);
  });

  test.each(['EACCES', 'ENOSPC', 'EROFS'])('%s is a sentence', (code) => {
    expect(fileError(Object.assign(new Error(), { code }), 'out')).toBeInstanceOf(BadInput);
  });

  test('an error that is not the operating system’s stays what it is', () => {
    const bug = new TypeError('bug');
    expect(fileError(bug, 'out')).toBe(bug);
  });
});

describe('writeDirectory', () => {
  test('writes a directory with its parents', async () => {
    await writeDirectory(at('a', 'b', 'out'), fill('1'));
    expect(everything()).toEqual(['a', 'a/b', 'a/b/out', 'a/b/out/.bitwright', 'a/b/out/tensor.bin']);
  });

  test('replaces its own directory as a whole', async () => {
    await writeDirectory(at('out'), async (path) => {
      writeFileSync(join(path, 'stale'), '');
    });
    await writeDirectory(at('out'), fill('2'));
    expect(everything()).toEqual(['out', 'out/.bitwright', 'out/tensor.bin']);
    expect(readFileSync(at('out', 'tensor.bin'), 'utf8')).toBe('2');
  });

  test('fills an empty directory', async () => {
    mkdirSync(at('out'));
    await writeDirectory(at('out'), fill('1'));
    expect(everything()).toContain('out/tensor.bin');
  });

  test('refuses a directory that holds something else, unless forced', async () => {
    mkdirSync(at('thesis'));
    writeFileSync(at('thesis', 'chapter1.tex'), '');
    await expect(writeDirectory(at('thesis'), fill('1'))).rejects.toThrow(
      /thesis: found a directory that holds chapter1\.tex, expected an empty directory, or one that bitwright wrote\./,
    );
    expect(everything()).toEqual(['thesis', 'thesis/chapter1.tex']);
    await writeDirectory(at('thesis'), fill('1'), { force: true });
    expect(everything()).toEqual(['thesis', 'thesis/.bitwright', 'thesis/tensor.bin']);
  });

  test('refuses a file and the working directory', async () => {
    writeFileSync(at('file'), '');
    await expect(writeDirectory(at('file'), fill('1'), { force: true })).rejects.toThrow(/found a file/);
    await expect(writeDirectory('.', fill('1'), { force: true })).rejects.toThrow(/found the working directory/);
    await expect(writeDirectory('..', fill('1'), { force: true })).rejects.toThrow(/found the working directory/);
  });

  test('leaves nothing, not even new parents, when writing fails', async () => {
    const failing = writeDirectory(at('a', 'b', 'out'), async (path) => {
      await fill('1')(path);
      throw new BadInput({ where: 'conv1', found: 'x', expected: 'y', remedy: 'z' });
    });
    await expect(failing).rejects.toThrow(/conv1/);
    expect(everything()).toEqual([]);
  });

  test('keeps what stood there before when writing fails', async () => {
    await writeDirectory(at('out'), fill('1'));
    await expect(writeDirectory(at('out'), () => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
    expect(readFileSync(at('out', 'tensor.bin'), 'utf8')).toBe('1');
    expect(readdirSync(root)).toEqual(['out']);
  });

  test.skipIf(process.platform !== 'linux')('reports a full disk in a sentence', async () => {
    const full = writeDirectory(at('out'), async (path) => {
      symlinkSync('/dev/full', join(path, 'tensor.bin'));
      await fill('1')(path);
    });
    await expect(full).rejects.toThrow(/out: found no space left on the device, expected room for the output\. Free some space/);
    expect(everything()).toEqual([]);
  });

  test('follows a symbolic link and keeps it', async () => {
    mkdirSync(at('real'));
    symlinkSync('real', at('link'));
    await writeDirectory(at('link'), fill('1'));
    expect(everything()).toContain('real/tensor.bin');
  });

  test.each([
    ['SIGINT', 130, 2],
    ['SIGTERM', 143, 15],
  ] as const)('leaves nothing after %s', async (signal, code, number) => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const listeners = process.listeners('exit');
    await writeDirectory(at('out'), async (path) => {
      await fill('1')(path);
      (process as NodeJS.EventEmitter).emit(signal, signal, number);
      expect(exit).toHaveBeenCalledWith(code);
      for (const listener of process.listeners('exit')) if (!listeners.includes(listener)) listener(code);
      expect(everything()).toEqual([]);
      throw new Error('the process has ended');
    }).catch(() => undefined);
    expect(process.listeners('exit')).toEqual(listeners);
  });
});

test('writeWhole replaces a file or leaves the old one', async () => {
  await writeWhole(at('new', 'report.html'), 'one');
  await writeWhole(at('new', 'report.html'), 'two');
  expect(readFileSync(at('new', 'report.html'), 'utf8')).toBe('two');
  await expect(writeWhole(root, 'three')).rejects.toThrow(/found a directory/);
  expect(everything()).toEqual(['new', 'new/report.html']);
});

test('withScratchDirectory removes its directory in every case', async () => {
  let scratch = '';
  await withScratchDirectory(async (path) => {
    scratch = path;
    await fill('1')(path);
  });
  expect(await kindOf(scratch)).toBe('absent');
  const failing = withScratchDirectory(async (path) => {
    scratch = path;
    throw new Error('bug');
  });
  await expect(failing).rejects.toThrow('bug');
  expect(await kindOf(scratch)).toBe('absent');
});
