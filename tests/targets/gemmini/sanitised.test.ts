import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { runReference } from '../../../src/engine/reference.ts';
import { type GemminiDeclaration, gemmini, gemminiOf } from '../../../src/hardware/gemmini.ts';
import { importBundle } from '../../../src/importers/bundle/import.ts';
import { importCheckpoint } from '../../../src/importers/ivit/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { styles } from '../../../src/lowering/styles/index.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Program } from '../../../src/program/program.ts';
import { type Firmware, writeFirmware } from '../../../src/targets/firmware.ts';
import { emitManyGemmini, planGemmini } from '../../../src/targets/gemmini/gemmini.ts';
import { convolutionLoop } from '../../../src/targets/gemmini/kernels/convolution-loop.ts';
import { emitFolder, named } from '../../../src/targets/host/host.ts';
import { runMany } from '../../../src/targets/host/run.ts';
import { bareMetal } from '../../../src/targets/host/rv64.ts';
import { buildHost, findToolchain } from '../../../src/targets/host/toolchain.ts';
import { type Plan, planProgram } from '../../../src/targets/plan.ts';
import { inputsFor } from '../programs.ts';
import { convolutions, greatest, halved, type Layer } from './convolutions.ts';
import { hostForm, sanitised } from './model/model.ts';
import { emissionOf } from './prove.ts';

const gcc = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;
if (!gcc) console.warn('Firmware for Gemmini is not run under sanitizers: there is no gcc.');

const scratch = mkdtempSync(join(tmpdir(), 'bitwright-sanitised-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Runs firmware on this computer, whose model of the array does each command at once, or none before the fence, and compares every integer of every step. */
async function prove(firmware: Firmware, plans: readonly Plan[], declaration: GemminiDeclaration, folder: string): Promise<void> {
  await writeFirmware(await hostForm(firmware, plans), join(scratch, folder));
  const executable = await buildHost(join(scratch, folder), findToolchain({ cc: 'gcc' }), sanitised(declaration));
  const cases = plans.map(({ program }) => [inputsFor(program, 1), inputsFor(program, 0, 'low'), inputsFor(program, 0, 'high')]);
  const golden = plans.map(({ program }, at) => cases[at]!.map((inputs) => runReference(program, inputs)));
  for (const late of [undefined, '1']) {
    vi.stubEnv('GEMMINI_LATE', late);
    const runs = await runMany(executable, plans, cases);
    const differing = plans.flatMap(({ program, steps }, at) =>
      runs[at]!.cases.flatMap((values, number) =>
        steps
          .filter(({ result: { name } }) => !isDeepStrictEqual(values.get(name), golden[at]![number]!.get(name)))
          .map(({ result }) => `${program.name}: ${result.name}, case ${number}`),
      ),
    );
    expect(differing).toEqual([]);
  }
}

const sourcesOf = (firmware: Firmware): string[] =>
  Array.from(firmware.keys(), (path) => /^kernels\/gemmini\/(\w+\.c)$/.exec(path)?.[1]).filter((name) => name !== undefined);

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

async function bundled(bundle: string): Promise<Program> {
  const { network, style } = await importBundle(path(bundle));
  return lower(network, { style: styles.get(style)! });
}

const layer: Layer = {
  ...{ dtype: 'u8', image: [1, 18, 12, 14], weights: [21, 18, 3, 3], padding: [1, 1, 1, 1] },
  ...{ lo: 0, hi: 255, uniform: true, rising: true },
};

test.runIf(gcc)(
  'networks on Gemmini compute the same under sanitizers, whenever commands are done',
  async () => {
    const { network: vit } = await importCheckpoint(path('examples/vit-digits/checkpoint.pth.tar'), { heads: 2 });
    const programs = [
      await bundled('tests/fixtures/brevitas/mlp'),
      await bundled('examples/digits/bundle'),
      convolutions('windows', { layer: { ...layer, behind: [greatest(2), halved] } }),
      lower(vit, { style: styles.get('ivit')! }),
    ];
    const plans = programs.map((program) => planGemmini(program));
    const firmware = await emitManyGemmini(plans);
    expect(sourcesOf(firmware)).toEqual(readdirSync(path('kernels/gemmini')).filter((name) => name.endsWith('.c') && name !== 'looped.c'));
    await prove(firmware, plans, gemmini, 'networks');
  },
  120_000,
);

/** Layers that Gemmini unrolls: with windows, with a channel for each output, with few channels, in tiles of few rows, with a rounding of bytes, one read-out, and steps. */
const looped: { readonly [name: string]: Layer } = {
  windows: { ...layer, behind: [greatest(3, 2), halved] },
  depthwise: { ...layer, image: [1, 37, 9, 10], weights: [37, 1, 3, 3], groups: 37 },
  few: { ...layer, image: [1, 3, 12, 12], weights: [18, 3, 5, 5], padding: [2, 2, 2, 2], stride: [2, 2] },
  narrow: { ...layer, dtype: 'i8', image: [1, 64, 1, 4], weights: [240, 64, 3, 3], lo: -128, hi: 127 },
  deep: { ...layer, dtype: 'i8', image: [1, 130, 6, 5], weights: [33, 130, 3, 3], lo: -128, hi: 127, behind: [halved] },
  scaled: {
    ...layer,
    dtype: 'i8',
    image: [1, 16, 6, 6],
    weights: [9, 16, 1, 1],
    padding: [0, 0, 0, 0],
    stride: [2, 2],
    lo: 0,
    hi: 127,
    scaled: true,
  },
};

test.runIf(gcc).each(['2023-02', '2023-10'] as const)(
  'convolutions that hardware of %s unrolls compute the same under sanitizers, whenever commands are done',
  async (generation) => {
    const declaration = gemminiOf(generation);
    const emission = emissionOf([convolutionLoop], declaration);
    const plan = planProgram(convolutions('looped', looped), operators, emission.kernels, emission.machine);
    expect(new Set(plan.steps.map(({ kernel }) => kernel))).toEqual(new Set(['gemmini-convolution-loop']));
    const networks = named([plan]);
    await prove(await emitFolder(networks, bareMetal(networks), emission), [plan], declaration, generation);
  },
  120_000,
);
