import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tensorStore } from '../../../src/formats/store.ts';
import { importCheckpoint } from '../../../src/importers/ivit/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ivit } from '../../../src/lowering/styles/ivit.ts';
import { type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import type { Program } from '../../../src/program/program.ts';
import { parseProgram, printProgram } from '../../../src/program/text.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { emitMany, planHost } from '../../../src/targets/host/host.ts';
import { runMany } from '../../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../../src/targets/host/toolchain.ts';
import { engineNames, engines } from '../../../src/verify/engines.ts';
import { quantiseSample } from '../../../src/verify/samples.ts';
import { digits, swin } from '../../importers/ivit/networks.ts';
import { compareKept } from './kept.ts';

type Values = ReadonlyMap<string, Tensor>;

const folder = mkdtempSync(join(tmpdir(), 'bitwright-ivit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([digits, swin])('$name by tables, what is live only', (reference) => {
  let whole: Program;
  let optimised: Program;
  let inputs: readonly Values[];
  let expected: readonly Values[];

  beforeAll(async () => {
    const { heads } = reference;
    const { network } = await importCheckpoint(reference.checkpoint(folder), heads === undefined ? {} : { heads });
    whole = lower(network, { style: ivit, fuse: false });
    optimised = lower(network, { style: ivit });
    const images = reference.images();
    const [, ...shape] = images.type.shape;
    const size = images.data.length / images.type.shape[0]!;
    inputs = [0, 1].map((picture) => {
      const one = tensor({ dtype: 'f32', shape: [1, ...shape] }, images.data.slice(picture * size, (picture + 1) * size));
      return quantiseSample(whole, new Map([['image', one]]));
    });
    const run = (await engines.fast())(whole);
    expected = inputs.map((sample) => run(sample, 'steps'));
  });

  test('is a text that reads back as the same Program', () => {
    const store = tensorStore();
    const text = printProgram(optimised, store);
    expect(printProgram(parseProgram(text, store), store)).toBe(text);
    expect(parseProgram(text, store).steps).toEqual(optimised.steps);
  });

  const check = (results: readonly Values[]): void =>
    results.forEach((values, picture) => {
      const { equal, different, unknown } = compareKept(values, expected[picture]!);
      expect(different).toEqual([]);
      expect(unknown).toEqual([]);
      expect(equal).toEqual(expect.arrayContaining([...optimised.outputs]));
      expect(equal.length).toBeGreaterThan(20);
    });

  test.each(engineNames)('equals all modules on every value that it keeps, on the %s engine', async (name) => {
    const run = (await engines[name]())(optimised);
    check(inputs.map((sample) => run(sample, 'steps')));
  });

  test('is the same in compiled C, and so are all modules', { timeout: 120_000 }, async () => {
    const plans = [optimised, whole].map(planHost);
    const directory = join(folder, reference.name);
    await writeFirmware(await emitMany(plans), directory);
    const executable = await buildHost(directory, findToolchain({ environment: {} }));
    const [short, long] = await runMany(executable, plans, [inputs, inputs]);
    check(short!.cases);
    long!.cases.forEach((values, picture) => {
      const { equal, different } = compareKept(values, expected[picture]!);
      expect(different).toEqual([]);
      expect(equal).toHaveLength(whole.steps.length);
    });
  });
});
