import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, test } from 'vitest';
import { parseNpy, printNpy } from '../../src/formats/npy.ts';
import { type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { digitImages } from '../importers/ivit/networks.ts';
import { deploy, describeWithSpike, library, proveOnSpike } from './spike.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bitwright-spike-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pictures = join(folder, 'pictures.npy');
const firstDigits = (): Tensor => {
  const path = join(checkout, 'examples/vit-digits/heldout_images.npy');
  const { type, data } = parseNpy(readFileSync(path), path);
  return digitImages(tensor({ dtype: 'u8', shape: [1, ...type.shape.slice(1)] }, data.slice(0, 64)));
};
const networks: readonly (readonly [path: string, machine: 'gemmini' | 'gemmini-2023-10' | 'rv64', options: readonly string[]])[] = [
  ['tests/fixtures/brevitas/mlp', 'gemmini', []],
  ['tests/fixtures/brevitas/conv_variants', 'gemmini', []],
  ['examples/digits/bundle', 'gemmini', []],
  ['tests/fixtures/brevitas/conv_variants', 'gemmini-2023-10', []],
  ['examples/digits/bundle', 'gemmini-2023-10', []],
  ['examples/vit-digits/checkpoint.pth.tar', 'gemmini', ['--heads', '2', '--input', pictures]],
  ['tests/fixtures/brevitas/mlp', 'rv64', []],
];

describeWithSpike(() => {
  test.each(networks)(
    'computes the tensors of %s for %s with the same program, in as many instructions of every step',
    async (path, machine, options) => {
      if (options.includes(pictures)) writeFileSync(pictures, printNpy(firstDigits()));
      const where = machine === 'rv64' ? ['--run-on', machine] : ['--target', machine];
      await proveOnSpike(join(folder, `${path.replaceAll('/', '-')}-${machine}`), join(checkout, path), ...where, ...options);
    },
  );

  test("the front-end server, which is Chipyard's too, understands the command line for Chipyard's simulator", async () => {
    const simulator = join(folder, 'simulator-chipyard');
    const spike = process.env['BITWRIGHT_SPIKE'] || 'spike';
    const command = [spike, '--isa=rv64imafdc_zicsr_zifencei', `--extlib=${library}`, '--extension=gemmini'];
    writeFileSync(simulator, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
    const mlp = join(checkout, 'tests/fixtures/brevitas/mlp');
    await deploy(mlp, '--target', 'gemmini', '--simulator', 'verilator', '--verilator-binary', simulator);
  });
});
