import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTools, type Tool } from '../../src/cli/doctor.ts';
import { bitwright } from './bitwright.ts';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bitwright-doctor-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function script(name: string, body: string): string {
  const path = join(scratch, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const found = (tools: readonly Tool[], wanted: string): string | undefined => tools.find(({ name }) => name === wanted)!.found;

describe('doctor', () => {
  test('ends with 0 whatever is there, and says of each tool what it is needed for', async () => {
    const { code, out } = await bitwright('doctor');
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ C compiler: zig cc: .*\n {2}for firmware: deploy/m);
    for (const { name, found, remedy } of await findTools()) {
      expect(out).toContain(
        found === undefined
          ? `✗ ${name}
`
          : `✓ ${name}: ${found}
`,
      );
      expect(
        out.includes(`missing: ${remedy}
`),
      ).toBe(found === undefined);
    }
  });

  test('prints the same as JSON, null for what is missing', async () => {
    const { out } = await bitwright('doctor', '--json');
    const tools = JSON.parse(out);
    expect(tools.map(({ name }: Tool) => name)).toEqual((await findTools()).map(({ name }) => name));
    for (const tool of tools)
      expect(tool).toEqual({
        name: expect.any(String),
        neededFor: expect.any(String),
        remedy: expect.any(String),
        found: tool.found ?? null,
      });
  });

  test('finds what the environment names, and tells a Spike with the extension from one without', async () => {
    const help = 'echo "Spike RISC-V ISA Simulator 1.2.3" >&2; exit 0';
    const spike = script(
      'spike',
      `case "$*" in *--extension=gemmini*) case "$*" in *--extlib=/there*) ${help};; *) exit 255;; esac;; *) ${help};; esac`,
    );
    const simulator = script('simulator', 'exit 1');
    const environment = { BITWRIGHT_SPIKE: spike, BITWRIGHT_VERILATOR_BINARY: simulator, PATH: process.env['PATH'] };
    const without = await findTools(environment);
    expect(found(without, 'Spike')).toBe(`${spike}: Spike RISC-V ISA Simulator 1.2.3`);
    expect(found(without, 'Spike with Gemmini')).toBeUndefined();
    expect(found(without, 'Chipyard made by Verilator')).toBe(simulator);
    const withLibrary = await findTools({ ...environment, BITWRIGHT_SPIKE_GEMMINI: '/there' });
    expect(found(withLibrary, 'Spike with Gemmini')).toBe(`${spike}: Spike RISC-V ISA Simulator 1.2.3, /there`);
  });

  test('a tool that cannot be run is missing', async () => {
    const nowhere = join(scratch, 'nowhere');
    const names = ['BITWRIGHT_CC', 'BITWRIGHT_PYTHON', 'BITWRIGHT_SPIKE', 'BITWRIGHT_VERILATOR_BINARY'];
    const tools = await findTools(Object.fromEntries(names.map((name) => [name, nowhere])));
    for (const name of ['C compiler', 'Python with PyTorch and Brevitas', 'Spike', 'Spike with Gemmini', 'Chipyard made by Verilator'])
      expect(found(tools, name)).toBeUndefined();
  });
});
