import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeElements } from '../../src/formats/elements.ts';
import { importBundle } from '../../src/importers/bundle/import.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Program } from '../../src/program/program.ts';
import { bitwright } from './bitwright.ts';

const mlp = fileURLToPath(new URL('../fixtures/brevitas/mlp', import.meta.url));
const branched = fileURLToPath(new URL('../fixtures/brevitas/two_input', import.meta.url));
let root = '';
let firmware = '';
let program: Program;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-deploy-'));
  firmware = join(root, 'firmware');
  program = lower((await importBundle(mlp)).network, { style: dyadic });
  expect((await bitwright('compile', mlp, '--out', firmware)).code).toBe(0);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Deploys the compiled folder while one byte of a constant has one bit flipped, and puts it back. */
async function withFlippedBit(constant: string, byte: number) {
  const path = join(firmware, 'data', 'constants.bin');
  const whole = readFileSync(path);
  const start = whole.indexOf(encodeElements(program.constants.get(constant)!));
  expect(start, `${constant} is in the data`).toBeGreaterThanOrEqual(0);
  const changed = Buffer.from(whole);
  changed[start + byte]! ^= 0x40;
  try {
    writeFileSync(path, changed);
    return await bitwright('deploy', mlp, '--firmware', firmware);
  } finally {
    writeFileSync(path, whole);
  }
}

describe('deploy', () => {
  test('with --replay compares the results of all calls inside the steps', async () => {
    const { code, out, note } = await bitwright('deploy', mlp, '--replay');
    expect(code).toBe(0);
    expect(note).toMatch(/✓ replay .* 0 mismatches/);
    expect(out).toMatch(/relu1\[0\] linear +i32\[1,77\] +308 +0\n/);
    expect(out).toMatch(/replay: \d+ calls inside the steps: [\d,]+ elements of 4 samples, 0 mismatches; every step as in the firmware\n/);
    const { replay } = JSON.parse((await bitwright('deploy', mlp, '--replay', '--json')).out);
    expect(replay.insides[0]).toMatchObject({ name: 'relu1[0] linear', step: 'relu1', stage: 0, operator: 'linear', mismatches: 0 });
  });

  test('with --replay names what the array of a machine never lays in memory, and compares it in firmware that does', async () => {
    const { code, out } = await bitwright('deploy', branched, '--target', 'gemmini', '--replay');
    expect(code).toBe(0);
    expect(out).toMatch(
      /relu_cat#0\[0\] convolution .* 2,560 +0 +inside the array's accumulator; here from firmware that computes call by call\n/,
    );
    expect(out).toMatch(
      /replay: 4 calls inside the steps, 3 more in firmware that computes call by call: .* 0 mismatches; every step as in the firmware\n/,
    );
  });

  test('ends in the layer table, with 0 mismatches, and writes the report', async () => {
    const report = join(root, 'report.html');
    const { code, out, note } = await bitwright('deploy', mlp, '--firmware', firmware, '--report', report);
    expect(note).toMatch(/✓ verify .* 0 mismatches/);
    expect(out).toMatch(/relu1 +linear \| dyadic +u8 1x77 +4,928 +[\d.]+ +[\d.]+ % +0 +0\n/);
    expect(out).toMatch(/\d+ elements of 4 samples, 0 mismatches\n/);
    expect(code).toBe(0);
    expect(readFileSync(report, 'utf8')).toMatch(/every integer is right/);
  });

  test.each([
    ['a weight', 'fc1.weights', 4, 'relu1'],
    ['a multiplier', 'relu2.M', 2, 'relu2'],
    ['a bias', 'relu1.B', 4, 'relu1'],
    ['a bias of the logits', 'fc3.offset', 2, 'fc3'],
  ])('can fail: one changed byte of %s exits 1 and names the step', async (_, constant, byte, step) => {
    const { code, out } = await withFlippedBit(constant, byte);
    expect(out).toMatch(new RegExp(`step ${step} is the first that differs: sample \\d+, element \\[0, \\d+\\] is \\S+, not \\S+`));
    expect(code).toBe(1);
  });

  test('shows what the differing step reads', async () => {
    const { out } = await withFlippedBit('relu2.M', 2);
    expect(out).toMatch(/It reads\n.*\n.*\nrelu1 +u8\[1,77\] +as golden/);
  });

  test('prints JSON that says the same', async () => {
    const { out, code } = await bitwright('deploy', mlp, '--firmware', firmware, '--json');
    const { mismatches, steps, memory } = JSON.parse(out);
    expect({ mismatches, code }).toEqual({ mismatches: 0, code: 0 });
    expect(steps.map(({ step }: { step: string }) => step)).toEqual(program.steps.map(({ name }) => name));
    expect(memory.peak).toBeGreaterThanOrEqual(memory.lowerBound);
  });

  test('keeps the firmware with --out, and says where the compiler found its mistake', async () => {
    const out = join(root, 'kept');
    const { code, note } = await bitwright('deploy', mlp, '--cc', 'false', '--out', out);
    expect(note).toMatch(/read .*kept\/build\.log/i);
    expect(code).toBe(1);
    expect(existsSync(join(out, 'Makefile'))).toBe(true);
  });
});
