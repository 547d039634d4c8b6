import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines as allEngines } from '../../../src/simulator/engines.ts';
import { describeFault } from '../../../src/simulator/fault.ts';
import { type EngineName, Machine, type MachineOptions } from '../../../src/simulator/machine.ts';
import { runProcess } from '../../../src/targets/host/process.ts';
import { compilers, isas } from '../compilers.ts';
import { accelerators, machinesWithAdder } from './vector-adder.ts';

const engines = Object.keys(allEngines) as EngineName[];
let folder = '';
const elves = new Map<number, Uint8Array>();
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function compile(bits: 32 | 64): Promise<Uint8Array> {
  const elf = join(folder, `adder-${bits}.elf`);
  const { command, flags } = compilers.zig;
  const sources = ['start.S', 'htif.c', 'memory.c', 'jump.S', 'console.c'].map((name) => here(`../programs/runtime/${name}`));
  const debugging = flags(isas[bits === 64 ? 'rv64gc' : 'rv32imac']).map((flag) => (flag === '-g0' ? '-g' : flag));
  const args = [...debugging, '-O2', '-T', here('../programs/runtime/link.ld'), here('adder.c'), ...sources, '-o', elf];
  const { code, stderr } = await runProcess(command, args);
  if (code !== 0) throw new Error(stderr);
  return new Uint8Array(readFileSync(elf));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitwright-adder-'));
  for (const bits of [64, 32] as const) elves.set(bits, await compile(bits));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(bits: 32 | 64, options: MachineOptions): { readonly machine: Machine; printed(): string } {
  let text = '';
  const output: MachineOptions['output'] = (_, bytes) => {
    text += new TextDecoder().decode(bytes);
  };
  const machine = Machine.load(elves.get(bits)!, { machine: machinesWithAdder[bits], accelerators, output, ...options });
  return { machine, printed: () => text };
}

const forget = (machine: Machine, round: number): boolean =>
  machine.writeMemory(machine.symbol('forgetful')!.address, Uint8Array.of(round, 0, 0, 0));

describe.each([64, 32] as const)('an accelerator of a core of %d bits', (bits) => {
  it.each(['functional', 'rocket'] as const)('works beside the core, in the same cycles on every engine, counted as %s', (cycleModel) => {
    const runs = engines.map((engine) => {
      const { machine, printed } = load(bits, { engine, cycleModel });
      expect(machine.run({ timeout: 20 })).toEqual({ reason: 'exit', code: 0 });
      return { text: printed(), instructions: machine.instructions, cycles: machine.cycles };
    });
    for (const run of runs) expect(run).toEqual(runs[0]);
    expect(runs[0]!.text).toMatch(/^(checksum 00000000[0-9a-f]{8}\n){5}idle [0-9a-f]+\ncycles [0-9a-f]+\n$/);
    expect(runs[0]!.cycles - runs[0]!.instructions).toBeGreaterThan(50 * 400);
  });

  it('is waited for with a fence: without one, what the core touches is reported', () => {
    const faults = engines.map((engine) => {
      const { machine } = load(bits, { engine });
      forget(machine, 40);
      const outcome = machine.run({ timeout: 20 });
      if (outcome.reason !== 'fault') throw new Error(`it ended with ${outcome.reason}`);
      return { text: describeFault(outcome.fault), instructions: machine.instructions, cycles: machine.cycles };
    });
    const address = `0x${(Machine.load(elves.get(bits)!, { machine: machinesWithAdder[bits], accelerators }).symbol('sum')!.address + 160).toString(16)}`;
    expect(faults[0]!.text).toMatch(
      new RegExp(
        `^missing fence: adder still writes there: load access of ${address} at 0x8[0-9a-f]+ in main\\+0x[0-9a-f]+ \\(.*adder\\.c:\\d+\\)\n`,
      ),
    );
    for (const fault of faults) expect(fault).toEqual(faults[0]);
  });
});
