import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { bitwright } from '../cli/bitwright.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const library = process.env['BITWRIGHT_SPIKE_GEMMINI'];
const folder = mkdtempSync(join(tmpdir(), 'bitwright-spike-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const networks = [
  ['tests/fixtures/brevitas/mlp', 'gemmini'],
  ['tests/fixtures/brevitas/conv_variants', 'gemmini'],
  ['examples/digits/bundle', 'gemmini'],
  ['tests/fixtures/brevitas/mlp', 'rv64'],
] as const;

describe.skipIf(!library)(
  library ? "Spike with Gemmini's extension" : "Spike with Gemmini's extension (skipped: BITWRIGHT_SPIKE_GEMMINI names no libgemmini.so)",
  () => {
    test.each(networks)(
      'computes the tensors of %s for %s with the same program, in as many instructions of every step',
      async (path, machine) => {
        const firmware = join(folder, `${path.replaceAll('/', '-')}-${machine}`);
        const where = machine === 'rv64' ? ['--run-on', machine] : ['--target', machine];
        const deploy = async (...options: readonly string[]) => {
          const { code, out } = await bitwright('deploy', join(checkout, path), ...where, '--json', ...options);
          expect(code).toBe(0);
          const { mismatches, steps } = JSON.parse(out);
          expect(mismatches).toBe(0);
          return steps.map(({ step, instructions }: { step: string; instructions: number }) => [step, instructions]);
        };
        const program = (): Buffer => readFileSync(join(firmware, 'network'));
        const builtIn = await deploy('--out', firmware);
        const first = program();
        expect(await deploy('--firmware', firmware, '--simulator', 'spike')).toEqual(builtIn);
        expect(program().equals(first)).toBe(true);
      },
    );
  },
);
