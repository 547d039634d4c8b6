import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runStep } from '../../src/engine/reference.ts';
import { printType } from '../../src/numeric/tensor.ts';
import { runProcess } from '../../src/targets/host/process.ts';
import { type BuildOptions, buildHost, findToolchain, type Toolchain } from '../../src/targets/host/toolchain.ts';
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

/** A compiler with sanitizers that work: zig's address sanitizer reports nothing. */
async function findSanitizer(): Promise<Toolchain | undefined> {
  for (const command of ['gcc', 'clang']) {
    const found = await runProcess(command, ['--version']).then(
      ({ code }) => code === 0,
      () => false,
    );
    if (found) return { name: command, command, leading: [] };
  }
  return undefined;
}
const sanitizer = await findSanitizer();
const sanitized: BuildOptions = {
  optimise: ['-O1', '-g'],
  extra: ['-Werror', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
};

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

describe.skipIf(!sanitizer)(
  'the portable kernels under sanitizers (skipped where neither gcc nor clang is installed)',
  { timeout: 180_000 },
  () => {
    /** Builds and runs a program of one file, and returns what it wrote to the console as its complaint. */
    async function complaint(name: string, body: string): Promise<string> {
      const directory = join(folder, name);
      mkdirSync(directory);
      writeFileSync(
        join(directory, 'main.c'),
        `#include <stdint.h>\n#include <stdlib.h>\nint main(int argc, char **argv)\n{\n  (void)argv;\n${body}}\n`,
      );
      const { code, stderr } = await runProcess(await buildHost(directory, sanitizer!, sanitized), []);
      expect(code).not.toBe(0);
      return stderr;
    }

    test('a planted heap overflow is reported', async () => {
      const overflow =
        '  volatile size_t size = 4;\n  volatile int8_t *const x = (volatile int8_t *)malloc(size);\n  x[3 + argc] = 1;\n  return 0;\n';
      expect(await complaint('overflow', overflow)).toContain('heap-buffer-overflow');
    });

    test('a planted signed overflow is reported', async () => {
      expect(await complaint('signed', '  volatile int32_t x = INT32_MAX;\n  x += argc;\n  return 0;\n')).toContain(
        'signed integer overflow',
      );
    });

    test('read and write nothing but their tensors, and do nothing undefined', async () => {
      await compare('sanitized', sanitizer!, sanitized);
    });
  },
);
