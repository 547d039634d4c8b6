import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runStep } from '../../src/engine/reference.ts';
import { printType } from '../../src/numeric/tensor.ts';
import { runProcess } from '../../src/targets/host/process.ts';
import { type BuildOptions, findToolchain, type Toolchain } from '../../src/targets/host/toolchain.ts';
import { emitHarness, runTrials, type Trial } from './harness.ts';
import { trials } from './trials.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-kernels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const title = ({ step, cases: [first] }: Trial): string =>
  `${step.name} of ${Array.from(first!.values(), ({ type }) => printType(type)).join(', ')} to ${printType(step.type)}`;

async function compare(name: string, toolchain: Toolchain, options: BuildOptions): Promise<void> {
  const results = await runTrials(trials, join(folder, name), toolchain, options);
  const different: string[] = [];
  trials.forEach((trial, index) => {
    trial.cases.forEach((values, number) => {
      const expected = runStep(trial.step, (value) => values.get(value)!);
      const at = expected.data.findIndex((value, position) => !Object.is(value + 0, results[index]![number]!.data[position]! + 0));
      if (at >= 0)
        different.push(`${title(trial)}, case ${number}, element ${at}: ${results[index]![number]!.data[at]}, not ${expected.data[at]}`);
    });
  });
  expect(different).toEqual([]);
}

describe('the portable kernels', { timeout: 120_000 }, () => {
  test('compute what the operators define, on random and extreme values', async () => {
    await compare('bundled', findToolchain({ environment: {} }), { extra: ['-Werror'] });
  });

  test('are all reached by the trials', async () => {
    const { command, leading } = findToolchain({ environment: {} });
    const header = new URL('../../kernels/bitwright.h', import.meta.url).pathname;
    const { stdout } = await runProcess(command, [...leading, '-E', header]);
    const called = new Set(emitHarness(trials).match(/\bbw_\w+(?=\()/g));
    const declared = new Set(stdout.match(/\bbw_\w+(?=\()/g));
    expect(declared.size).toBeGreaterThan(100);
    expect([...declared].filter((name) => !called.has(name))).toEqual([]);
  });
});
