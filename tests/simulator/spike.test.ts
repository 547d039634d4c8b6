import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileGuest, compilers, read } from './compilers.ts';
import { engines, run } from './engines.ts';

const compiler = compilers.gcc.exists ? 'gcc' : 'zig';
const spike = process.env['BITWRIGHT_SPIKE'];
const folder = mkdtempSync(join(tmpdir(), 'bitwright-spike-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const integer = ['gemm', 'requantise', 'lookup', 'sha256', 'quicksort', 'fibonacci', 'bytecode', 'softmax'];
const others = ['multiply-divide', 'copy', 'function-pointers', 'recursion'];
const floats = ['requantise-f32', 'requantise-f64', 'axpy'];
const kernels = [
  ...[...integer, ...others].map((kernel) => [kernel, 'rv64imac'] as const),
  ...floats.map((kernel) => [kernel, 'rv64gc'] as const),
];

describe.skipIf(spike === undefined)(spike ? 'Spike' : 'Spike (skipped: BITWRIGHT_SPIKE names no Spike)', () => {
  test.each(kernels)('counts as many instructions of %s for %s as every engine', async (kernel, isa) => {
    const elf = await compileGuest(`kernels/${kernel}.c`, compiler, isa, '-O2', folder, 'runtime/counted.c');
    const { stdout, status } = spawnSync(spike!, ['--isa=rv64imafdc_zicsr_zifencei', elf], { encoding: 'latin1' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^sum [0-9a-f]{16}\ninstructions [0-9a-f]{16}\n$/);
    for (const engine of engines) expect(run(read(elf), { engine, isa: 'rv64imafdc' }).console, engine).toBe(stdout);
  });
});
