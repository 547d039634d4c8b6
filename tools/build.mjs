// npm run build: TypeScript to dist/, then the C kernels to dist/kernels/bitwright.wasm.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const node = (...args) => execFileSync(process.execPath, args, { stdio: 'inherit' });

/** What an earlier build made of a source that is gone must not get into the package. */
function removeStale() {
  if (!existsSync('dist')) return;
  for (const name of readdirSync('dist', { recursive: true })) {
    const [, stem] = /^(.*?)(?:\.d\.ts|\.js)$/.exec(name) ?? [];
    if (stem !== undefined && !existsSync(join('src', `${stem}.ts`))) rmSync(join('dist', name));
  }
}

try {
  removeStale();
  node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  node('tools/build-kernels.mjs');
  chmodSync('dist/cli/main.js', 0o755);
  writeFileSync('dist/.built', '');
} catch (error) {
  process.exitCode = error.status ?? 1;
  if (error.status === undefined) throw error;
}
