import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bitwright } from './bitwright.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

let models = '';
beforeAll(() => {
  models = mkdtempSync(join(tmpdir(), 'bitwright-suite-'));
  const list = { T1: 'digits', T2: 'gone', T3: 'damaged', T4: 'again' };
  writeFileSync(join(models, 'networks.json'), JSON.stringify(list));
  mkdirSync(join(models, 'bundles/damaged'), { recursive: true });
  writeFileSync(join(models, 'bundles/damaged/bundle.json'), '{}');
  for (const name of ['digits', 'again']) symlinkSync(path('examples/digits/bundle'), join(models, 'bundles', name));
});
afterAll(() => rmSync(models, { recursive: true, force: true }));

describe('bitwright suite', { timeout: 120_000 }, () => {
  test('runs each network in a process, and says of each what is known of it', async () => {
    const { code, out } = await bitwright('suite', '--models', models, '--networks', 'T1,T2,T3', '--target', 'host', '--json');
    expect(code).toBe(1);
    const { networks } = JSON.parse(out);
    expect(networks.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      ['T1', 'equal'],
      ['T2', 'not run'],
      ['T3', 'failed'],
    ]);
    const [{ figures }, gone, damaged] = networks;
    expect(figures).toMatchObject({ macs: 626_176, mismatches: 0, framework: { agrees: true, exceptions: 0 } });
    expect(figures.elements).toBeGreaterThan(20_000);
    expect(gone.reason).toContain('there is no bundle');
    expect(damaged.reason).toContain('expected a bitwright-bundle of schema 1');
  });

  test('ends with 3 where nothing is wrong but that a bundle is missing, and writes its files', async () => {
    const [json, junit] = [join(models, 'out.json'), join(models, 'out.xml')];
    const { code, out, note } = await bitwright('suite', '--models', models, '--networks', 'T1-T2', '--json', json, '--junit', junit);
    expect(code).toBe(3);
    expect(out).toContain('1 of 2 networks equal on engine, 1 not run');
    expect(note).toMatch(/^T1 {3}EQUAL +digits \(/m);
    expect(JSON.parse(readFileSync(json, 'utf8')).networks).toHaveLength(2);
    expect(readFileSync(junit, 'utf8')).toContain('tests="2" failures="0" errors="0" skipped="1"');
  });

  test.each(['gemmini-2023-02', 'gemmini-2023-10'])('runs firmware for one generation of Gemmini alone: %s', async (target) => {
    const { code, out } = await bitwright('suite', '--models', models, '--networks', 'T1', '--target', target, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).networks[0].figures).toMatchObject({ mismatches: 0, cycles: expect.any(Number) });
  });

  test('with --replay says how many calls are inside the steps, and what differs there', async () => {
    const json = join(models, 'replay.json');
    const { code, out } = await bitwright('suite', '--models', models, '--networks', 'T1', '--target', 'host', '--replay', '--json', json);
    expect(code).toBe(0);
    expect(out).toMatch(/inside +integers inside +mismatches inside/);
    const { networks } = JSON.parse(readFileSync(json, 'utf8'));
    expect(networks[0].figures.replay).toMatchObject({ insides: 12, lost: 0, mismatches: 0, differing: 0 });
  });

  test('an engine has no firmware to build once more', async () => {
    const { code, note } = await bitwright('suite', '--models', models, '--networks', 'T1', '--replay');
    expect(code).toBe(2);
    expect(note).toContain('--replay is for firmware: give a --target such as host');
  });

  test('a list that names what is not there is a mistake in the command line', async () => {
    const { code, note } = await bitwright('suite', '--models', models, '--networks', 'T1,T7');
    expect(code).toBe(2);
    expect(note).toContain('--networks T1,T7: there is no network T7');
  });

  test('stopped by the user it prints what it has, and ends with 130', async () => {
    const report = join(models, 'stopped.json');
    const options = ['--models', models, '--networks', 'T1,T3,T4', '--target', 'gemmini', '--jobs', '1', '--json', report];
    const child = spawn(process.execPath, [path('dist/cli/main.js'), 'suite', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      if (String(text).includes('T3 ')) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(130);
    expect(out).toContain('T4 not run: it was stopped before');
    const { interrupted, networks } = JSON.parse(readFileSync(report, 'utf8'));
    expect(interrupted).toBe(true);
    expect(networks.map(({ status }: { status: string }) => status)).toEqual(['equal', 'failed', 'not run']);
  });
});
