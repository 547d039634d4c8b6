// The micro-kernel of the fast engine, compiled natively for 128-bit SSE4.1 by the same compiler.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zigBinary } from '../../tools/zig.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

function build() {
  const compiler = zigBinary();
  if (compiler === undefined) return { absent: 'not measured: no zig (npm install --include=optional)' };
  if (process.arch !== 'x64') return { absent: `not measured: SSE4.1 is not for ${process.arch}` };
  const program = join(mkdtempSync(join(tmpdir(), 'bitwright-bench-')), 'linear');
  const flags = ['-mcpu=x86_64+sse4_1', '-std=c99', '-D_POSIX_C_SOURCE=199309L', '-O3', '-ffp-contract=off'];
  execFileSync(compiler, ['cc', ...flags, '-o', program, 'bench/native/linear.c', 'kernels/simd/linear.c'], {
    cwd: root,
    stdio: 'inherit',
  });
  return { program };
}

let built;

/** { time } gives the milliseconds of one linear layer, or { absent } says why it cannot. */
export function nativeLinear(rows, depth, outputs) {
  built ??= build();
  if (built.absent !== undefined) return built;
  return { time: () => Number.parseFloat(execFileSync(built.program, [rows, depth, outputs].map(String), { encoding: 'utf8' })) };
}
