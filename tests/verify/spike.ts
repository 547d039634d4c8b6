import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { parseElf } from '../../src/formats/elf.ts';
import { bitwright } from '../cli/bitwright.ts';

/** The extension of Spike that commands of a Gemmini need. */
export const library = process.env['BITWRIGHT_SPIKE_GEMMINI'];

/** describe() for what runs on Spike with Gemmini's extension; where it is absent the title says so. */
export const describeWithSpike = (tests: () => void) =>
  describe.skipIf(!library)(
    library ? "Spike with Gemmini's extension" : "Spike with Gemmini's extension (skipped: BITWRIGHT_SPIKE_GEMMINI names no libgemmini.so)",
    tests,
  );

export interface Deployed {
  readonly mismatches: number;
  readonly cycles?: number;
  readonly firmware: { readonly peak: number };
  readonly steps: readonly { readonly step: string; readonly instructions: number; readonly cycles?: number }[];
}

/** Deploys on a simulated machine; every integer must be right. */
export async function deploy(...argv: readonly string[]): Promise<Deployed> {
  const { code, out, note } = await bitwright('deploy', ...argv, '--json');
  expect(code, note).toBe(0);
  const deployed = JSON.parse(out);
  expect(deployed.mismatches).toBe(0);
  return deployed;
}

export const instructionsOf = ({ steps }: Deployed) => steps.map(({ step, instructions }) => [step, instructions] as const);

/** The built-in machine and then Spike run the same program: its tensors are those of the engine, and the instructions of each step as many. */
export async function proveOnSpike(firmware: string, ...argv: readonly string[]): Promise<void> {
  const program = () => {
    const { segments } = parseElf(readFileSync(join(firmware, 'network')), firmware);
    return segments.map(({ loadAddress, data }) => [loadAddress, createHash('sha256').update(data).digest('hex')]);
  };
  const builtIn = await deploy(...argv, '--out', firmware);
  const first = program();
  const onSpike = await deploy(...argv, '--firmware', firmware, '--simulator', 'spike');
  expect(instructionsOf(onSpike)).toEqual(instructionsOf(builtIn));
  expect(program()).toEqual(first);
}
