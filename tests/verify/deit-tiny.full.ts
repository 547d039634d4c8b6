import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bitwright } from '../cli/bitwright.ts';
import { deploy, describeWithSpike, instructionsOf, proveOnSpike } from './spike.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-deit-tiny-'));
const example = join(folder, 'example');
const argv = [join(example, 'checkpoint.pth.tar'), '--target', 'gemmini', '--input', join(example, 'images.npy')];
beforeAll(async () => {
  expect((await bitwright('example', 'deit-tiny', '--out', example, '--pictures', '1')).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every integer of every step of DeiT-tiny is right on Gemmini, whatever the latency of the memory, and so are the instructions', async () => {
  const firmware = join(folder, 'firmware');
  const near = await deploy(...argv, '--out', firmware);
  const far = await deploy(...argv, '--firmware', firmware, '--memory-latency', '100');
  expect(instructionsOf(far)).toEqual(instructionsOf(near));
  expect(far.cycles).toBeGreaterThan(near.cycles!);
});

test('and where accumulators are scaled as libgemmini does', async () => {
  await deploy(...argv, '--rounding', 'libgemmini');
});

describeWithSpike(() => {
  test('computes the same integers of DeiT-tiny with the same program, in as many instructions of every step', () =>
    proveOnSpike(join(folder, 'both'), ...argv));
});
