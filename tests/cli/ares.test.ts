import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aresNetworks } from '../../models/ares/networks.ts';
import { writeAresModel } from '../../models/ares/write.ts';
import { bitwright } from './bitwright.ts';

let root = '';
const at = (...names: string[]): string => join(root, ...names);
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-ares-'));
  await writeAresModel(at('t2'), aresNetworks['T2']!());
  expect((await bitwright('extract', at('t2'), '--format', 'ares', '--out', at('written'))).code).toBe(0);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('an ARES directory', () => {
  test('is written with its golden tensors, and agrees with itself', async () => {
    expect(readdirSync(at('written')).sort()).toEqual(['.bitwright', 'network_info.json', 'test_cases', 'weights']);
    const { code, out } = await bitwright('agree', at('written'));
    expect(out).toMatch(/conv1 +\d[\d,]* +0 +0\n/);
    expect(out).toMatch(/, 0 mismatches\n/);
    expect(code).toBe(0);
  });

  test('disagrees where a golden integer is another one', async () => {
    const file = at('written', 'test_cases', 'test_case_1', 'intermediate_int8', 'pool1_int8.npy');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    const { code, out } = await bitwright('agree', at('written'));
    expect(out).toMatch(/pool1 +[\d,]+ +1 +1 +sample 0 \[.*\]: -?\d+, not -?\d+/);
    expect(code).toBe(1);
  });

  test('is deployed in the ares style unless another one is asked for', async () => {
    const { out } = await bitwright('show', at('t2'), '--program');
    expect(out).toMatch(/ares-/);
    expect((await bitwright('show', at('t2'), '--program', '--style', 'dyadic')).out).not.toMatch(/ares-/);
  });

  test('cannot hold unsigned activations, and says so', async () => {
    const mlp = fileURLToPath(new URL('../fixtures/brevitas/mlp', import.meta.url));
    const { code, note } = await bitwright('extract', mlp, '--format', 'ares', '--out', at('out'));
    expect(note).toMatch(/^bitwright: .*relu1.*\n$/);
    expect(code).toBe(1);
    expect(readdirSync(root)).not.toContain('out');
  });
});
