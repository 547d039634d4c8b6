import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { prepareFast } from '../../../src/engine/fast.ts';
import { loadKernels } from '../../../src/engine/load-kernels.ts';
import { runReference } from '../../../src/engine/reference.ts';
import type { Tensor } from '../../../src/numeric/tensor.ts';
import { machines } from '../../../src/simulator/machine.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { emitManyGemmini, gemminiCompiler, planGemmini } from '../../../src/targets/gemmini/gemmini.ts';
import { emitMany, planHost } from '../../../src/targets/host/host.ts';
import { runMany } from '../../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../../src/targets/host/toolchain.ts';
import { runManyOn } from '../../../src/verify/firmware-run.ts';
import { machineOn } from '../../../src/verify/simulation.ts';
import { differences, mismatches, moduleCases } from './modules.ts';

const cases = moduleCases(join(import.meta.dirname, '../../fixtures/ivit/modules'));
const folder = mkdtempSync(join(tmpdir(), 'bitwright-ivit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const different = (results: readonly ReadonlyMap<string, Tensor>[]): string[] => differences(cases, results);

test('the recorded calls of all seven modules are there', () => {
  expect(cases.length).toBe(128);
});

test('the reference engine computes every integer of every recorded call', () => {
  expect(different(cases.map(({ program, inputs }) => runReference(program, inputs)))).toEqual([]);
});

test('the fast engine computes every integer of every recorded call', async () => {
  const kernels = await loadKernels();
  expect(different(cases.map(({ program, inputs }) => prepareFast(program, kernels).run(inputs)))).toEqual([]);
});

test('compiled C computes every integer of every recorded call', { timeout: 120_000 }, async () => {
  const plans = cases.map(({ program }) => planHost(program));
  const host = join(folder, 'host');
  await writeFirmware(await emitMany(plans), host);
  const executable = await buildHost(host, findToolchain({ environment: {} }));
  const runs = await runMany(
    executable,
    plans,
    cases.map(({ inputs }) => [inputs]),
  );
  expect(different(runs.map((run) => run.cases[0]!))).toEqual([]);
});

test('Gemmini computes every integer of every recorded call', { timeout: 240_000 }, async () => {
  const plans = cases.map(({ program }) => planGemmini(program));
  const firmware = join(folder, 'gemmini');
  await writeFirmware(await emitManyGemmini(plans), firmware);
  const { executable } = await gemminiCompiler.build(firmware, undefined);
  const runs = await runManyOn(
    machineOn(machines.gemmini),
    executable,
    plans,
    cases.map(({ inputs }) => [inputs]),
  );
  expect(different(runs.map((run) => run.cases[0]!))).toEqual([]);
});

test('lowering gives every result the scale of the module', () => {
  const wrong = cases.filter(({ scale, expectedScale }) => mismatches(scale, expectedScale) > 0);
  expect(wrong.map(({ name }) => name)).toEqual([]);
});
