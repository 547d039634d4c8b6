import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parseElf } from '../../src/formats/elf.ts';
import { parseNpy, printNpy } from '../../src/formats/npy.ts';
import { type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { bitwright } from '../cli/bitwright.ts';
import { digitImages } from '../importers/ivit/networks.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const library = process.env['BITWRIGHT_SPIKE_GEMMINI'];
const folder = mkdtempSync(join(tmpdir(), 'bitwright-spike-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pictures = join(folder, 'pictures.npy');
const firstDigits = (): Tensor => {
  const path = join(checkout, 'examples/vit-digits/heldout_images.npy');
  const { type, data } = parseNpy(readFileSync(path), path);
  return digitImages(tensor({ dtype: 'u8', shape: [1, ...type.shape.slice(1)] }, data.slice(0, 64)));
};
const networks: readonly (readonly [path: string, machine: string, options: readonly string[]])[] = [
  ['tests/fixtures/brevitas/mlp', 'gemmini', []],
  ['tests/fixtures/brevitas/conv_variants', 'gemmini', []],
  ['examples/digits/bundle', 'gemmini', []],
  ['examples/vit-digits/checkpoint.pth.tar', 'gemmini', ['--heads', '2', '--input', pictures]],
  ['tests/fixtures/brevitas/mlp', 'rv64', []],
];

describe.skipIf(!library)(
  library ? "Spike with Gemmini's extension" : "Spike with Gemmini's extension (skipped: BITWRIGHT_SPIKE_GEMMINI names no libgemmini.so)",
  () => {
    test.each(networks)(
      'computes the tensors of %s for %s with the same program, in as many instructions of every step',
      async (path, machine, options) => {
        if (options.includes(pictures)) writeFileSync(pictures, printNpy(firstDigits()));
        const firmware = join(folder, `${path.replaceAll('/', '-')}-${machine}`);
        const where = machine === 'rv64' ? ['--run-on', machine] : ['--target', machine];
        const deploy = async (...more: readonly string[]) => {
          const { code, out } = await bitwright('deploy', join(checkout, path), ...where, '--json', ...options, ...more);
          expect(code).toBe(0);
          const { mismatches, steps } = JSON.parse(out);
          expect(mismatches).toBe(0);
          return steps.map(({ step, instructions }: { step: string; instructions: number }) => [step, instructions]);
        };
        const program = () => parseElf(readFileSync(join(firmware, 'network')), 'network').segments;
        const builtIn = await deploy('--out', firmware);
        const first = program();
        expect(await deploy('--firmware', firmware, '--simulator', 'spike')).toEqual(builtIn);
        expect(program()).toEqual(first);
      },
    );

    test("the front-end server, which is Chipyard's too, understands the command line for Chipyard's simulator", async () => {
      const simulator = join(folder, 'simulator-chipyard');
      const command = [
        process.env['BITWRIGHT_SPIKE'] || 'spike',
        '--isa=rv64imafdc_zicsr_zifencei',
        `--extlib=${library}`,
        '--extension=gemmini',
      ];
      writeFileSync(simulator, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
      const mlp = join(checkout, 'tests/fixtures/brevitas/mlp');
      const { code, out } = await bitwright(
        'deploy',
        mlp,
        '--target',
        'gemmini',
        '--simulator',
        'verilator',
        '--verilator-binary',
        simulator,
      );
      expect(out).toMatch(/ 0 mismatches\n/);
      expect(code).toBe(0);
    });
  },
);
