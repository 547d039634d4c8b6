import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { printNpy } from '../../src/formats/npy.ts';
import { tensor } from '../../src/numeric/tensor.ts';
import { random } from '../simulator/gemmini/harness.ts';
import { describeOnRtl, simulator } from '../simulator/rtl/chipyard.ts';
import { deploy, instructionsOf } from './spike.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bitwright-rtl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One sample is enough: a second of the RTL is ten thousand cycles or fewer. */
function sample(name: string, shape: readonly number[]): string {
  const next = random(1);
  const values = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => 2 * next() - 1);
  const path = join(folder, `${name}.npy`);
  writeFileSync(path, printNpy(tensor({ dtype: 'f32', shape }, values)));
  return path;
}

/** How far the built-in machine may be from the RTL, whose memory answers after a cycle: 2 % of all were measured, and 7 % of a step. */
const inAll = 0.06;
const inStep = (cycles: number): number => 0.1 * cycles + 200;

describeOnRtl('firmware on the RTL', () => {
  test.each([
    ['tests/fixtures/brevitas/mlp', [1, 64], []],
    ['tests/fixtures/brevitas/conv_variants', [1, 2, 15, 13], []],
    ['examples/digits/bundle', [1, 1, 8, 8], []],
    ['examples/vit-digits/checkpoint.pth.tar', [1, 3, 32, 32], ['--heads', '2']],
  ] as const)(
    'the program of %s computes the same tensors as on the built-in machine, in as many instructions and about as many cycles',
    {
      timeout: 1_800_000,
    },
    async (path, shape, options) => {
      const name = path.replaceAll('/', '-');
      const given = [join(checkout, path), ...options, '--target', 'gemmini', '--input', sample(name, shape)] as const;
      const firmware = join(folder, name);
      const here = await deploy(...given, '--out', firmware, '--memory-latency', '1');
      const there = await deploy(...given, '--firmware', firmware, '--simulator', 'verilator', '--verilator-binary', simulator!);
      expect(instructionsOf(there)).toEqual(instructionsOf(here));
      for (const [i, { step, cycles = 0 }] of there.steps.entries())
        expect(Math.abs(here.steps[i]!.cycles! - cycles), step).toBeLessThan(inStep(cycles));
      expect(Math.abs(here.cycles! / there.cycles! - 1)).toBeLessThan(inAll);
    },
  );
});
