import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
const npm = (cwd: string, ...args: string[]): string => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' });

/** The folders of what a package needs, and of what that needs: npm finds nothing else without a network. */
const needs = ({ dependencies = {} }: { readonly dependencies?: object }): string[] =>
  Object.keys(dependencies).flatMap((name) => {
    const path = join(checkout, 'node_modules', name);
    return [path, ...needs(JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')))];
  });

let root: string;
let folder: string;
let installed: string;
const bitwright = (...args: string[]): string =>
  execFileSync(process.execPath, [join(folder, 'node_modules/.bin/bitwright'), ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

beforeAll(() => {
  if (!existsSync(join(checkout, 'dist/cli/main.js'))) throw new Error('no dist/: run npm run build first');
  root = mkdtempSync(join(tmpdir(), 'bitwright-pack-'));
  folder = join(root, 'empty');
  mkdirSync(folder);
  const [{ filename }] = JSON.parse(npm(checkout, 'pack', '--json', '--ignore-scripts', '--pack-destination', root));
  const dependencies = needs(manifest);
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts'];
  npm(
    folder,
    'install',
    '--prefix',
    folder,
    '--offline',
    '--install-links',
    '--omit=optional',
    ...quiet,
    join(root, filename),
    ...dependencies,
  );
  installed = join(folder, 'node_modules/bitwright');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the tarball of npm pack, installed in an empty folder without optional packages', () => {
  test('runs', () => {
    expect(bitwright('--version').trim()).toBe(manifest.version);
    expect(bitwright('--help')).toMatch(/^Usage: bitwright/);
    expect(bitwright('completion', 'bash')).toContain('complete -o default -F _bitwright bitwright');
  });

  test('carries its kernels, its bridge and its licence, and nothing of the workshop', () => {
    const compiled = ['dist/cli/main.js', 'dist/kernels/bitwright.wasm', 'dist/kernels/gemmini.wasm'];
    for (const file of [...compiled, 'kernels', 'bridge/bitwright/__init__.py', 'LICENSE', 'README.md'])
      expect(existsSync(join(installed, file)), file).toBe(true);
    expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'bridge', 'dist', 'kernels', 'package.json']);
    const names = readdirSync(installed, { recursive: true }).map(String);
    expect(names.filter((name) => /__pycache__|\.pyc$|\.o$|\.built$|\.test\./.test(name))).toEqual([]);
  });

  test('has an executable command', () => {
    expect(statSync(join(installed, 'dist/cli/main.js')).mode & 0o111).not.toBe(0);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves no half-written directory after %s', async (signal, code) => {
    const script = `
      import { writeFile } from 'node:fs/promises';
      import { writeDirectory } from ${JSON.stringify(join(installed, 'dist/formats/files.js'))};
      await writeDirectory('new/out', async (path) => {
        await writeFile(path + '/half', '');
        process.stdout.write('writing');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const cwd = mkdtempSync(join(root, 'interrupted-'));
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(readdirSync(cwd, { recursive: true })).toHaveLength(3);
    child.kill(signal);
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(code);
    expect(readdirSync(cwd, { recursive: true }).filter((name) => name !== 'new')).toEqual([]);
  });
});
