// Makes a checkout ready, whatever its state: installs the packages that package-lock.json names and builds dist/, each only when needed.
// It imports nothing but Node, since in a fresh clone there is nothing else.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
process.chdir(checkout);

const packagesOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {});

/** Whether node_modules holds the very versions of package-lock.json; optional packages may be absent. */
function isInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json');
  const wanted = Object.entries(packagesOf('package-lock.json')).filter(([path]) => path !== '');
  return wanted.every(([path, { version, optional }]) => (path in installed ? installed[path].version === version : optional === true));
}

function newest(path) {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const sources = ['src', 'kernels', 'tools', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const isBuilt = () => existsSync('dist/.built') && newest('dist/.built') > Math.max(...sources.map(newest));

const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
if (!isInstalled()) await run('Installing packages', npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund']);
if (!isBuilt()) await run('Building', process.execPath, ['tools/build.mjs']);
