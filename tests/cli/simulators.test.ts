import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { simulationOf, simulatorNames } from '../../src/cli/simulator-options.ts';
import { simulators } from '../../src/verify/simulation.ts';
import { bitwright } from './bitwright.ts';

const mlp = fileURLToPath(new URL('../fixtures/brevitas/mlp', import.meta.url));
let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bitwright-simulators-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A program in place of a simulator: `body` is a shell script. */
function fake(name: string, body: string): string {
  const path = join(scratch, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const deploy = (...options: readonly string[]) => bitwright('deploy', mlp, '--target', 'gemmini', '--json', ...options);

test('the option offers every simulator', () => {
  expect([...simulatorNames].sort()).toEqual(Object.keys(simulators).sort());
});

describe('which simulator is meant', () => {
  test('the environment names programs, and options come first', () => {
    const environment = { BITWRIGHT_SPIKE: '/a/spike', BITWRIGHT_SPIKE_GEMMINI: '/a/libgemmini.so', BITWRIGHT_VERILATOR_BINARY: '' };
    expect(simulationOf({ simulator: 'spike' }, 'gemmini', environment)).toMatchObject({
      spike: '/a/spike',
      spikeGemmini: '/a/libgemmini.so',
    });
    expect(simulationOf({ simulator: 'spike', spike: '/b' }, 'gemmini', environment)).toMatchObject({ spike: '/b' });
    expect(simulationOf({}, 'gemmini', environment)).toMatchObject({ simulator: 'builtin', verilatorBinary: undefined });
    expect(simulationOf({}, 'host', environment)).toMatchObject({ simulator: 'builtin' });
  });

  test.each([
    [{ simulator: 'spike' }, 'host', /^--simulator is for firmware of a simulated machine/],
    [{ memoryLatency: 40 }, undefined, /^--memory-latency is for firmware of a simulated machine/],
    [{ spike: '/a' }, 'gemmini', /^--spike belongs to --simulator spike$/],
    [{ simulator: 'spike', memoryLatency: 40 }, 'gemmini', /^--memory-latency belongs to --simulator builtin$/],
    [{ simulator: 'spike', verilatorBinary: '/a' }, 'gemmini', /^--verilator-binary belongs to --simulator verilator$/],
  ] as const)('%j for %s is refused', (options, machine, sentence) => {
    expect(() => simulationOf(options, machine, {})).toThrow(sentence);
  });
});

describe('a simulator that is not there', () => {
  test.each([
    [
      'spike',
      '--spike',
      /^bitwright: Spike with Gemmini's extension: found no program \S+, expected .* Name Spike with --spike or BITWRIGHT_SPIKE/m,
    ],
    [
      'verilator',
      '--verilator-binary',
      /^bitwright: a simulator of Chipyard made by Verilator: found no program .* Name it with --verilator-binary/m,
    ],
  ])('%s is one sentence', async (simulator, option, sentence) => {
    const { code, out, note } = await deploy('--simulator', simulator, option, join(scratch, 'nowhere'));
    expect(note).toMatch(sentence);
    expect([code, out]).toEqual([1, '']);
  });

  test('a Spike without the extension or with another array is one sentence, and so is firmware that ends early', async () => {
    const bare = fake('spike', `echo "couldn't find shared library either 'libgemmini.so' or 'libcustomext.so')" >&2; exit 255`);
    const { note } = await deploy('--simulator', 'spike', '--spike', bare);
    expect(note).toMatch(
      /found couldn't find shared library either 'libgemmini.so' or 'libcustomext.so'\), expected Spike with Gemmini's extension/,
    );
    const small = fake('small', 'echo "Gemmini extension configured with:"; echo "    dim = 8"; exit 0');
    const other = await deploy('--simulator', 'spike', '--spike', small);
    expect(other.note).toMatch(/found an array of 8 by 8, not 16 by 16, expected Spike with Gemmini's extension/);
    const failing = fake('failing', 'echo "Gemmini extension configured with:"; echo "*** FAILED *** (tohost = 1)" >&2; exit 1');
    const ended = await deploy('--simulator', 'spike', '--spike', failing);
    expect(ended.note).toMatch(
      /network on Spike with Gemmini's extension: found exit code 1 and "\*\*\* FAILED \*\*\* \(tohost = 1\)", expected a run to the end/,
    );
    expect(ended.code).toBe(1);
    const silent = await deploy('--simulator', 'spike', '--spike', fake('silent', 'exit 0'));
    expect(silent.note).toMatch(
      /network on Spike with Gemmini's extension: found no files with tensors and counts, expected a run to the end/,
    );
  });
});

describe('a simulator of Chipyard', () => {
  test('gets its own arguments, then the program and the files that it opens; what it prints is no result', async () => {
    // Answers with zeros: the tensors are wrong, but they and the table are those of the files.
    const recorded = join(scratch, 'recorded');
    const chipyard = fake(
      'simulator-chipyard',
      [
        `printf '%s\\n' "$@" > ${recorded}`,
        "echo '[UART] UART0 is here (stdin/stdout).'",
        'test -s cases || exit 3',
        'head -c 680 /dev/zero > tensors',
        "printf 'network,relu1,4,300,100\\nnetwork,relu2,4,200,90\\nnetwork,fc3,4,100,80\\n' > table",
      ].join('\n'),
    );
    const { code, out } = await deploy('--simulator', 'verilator', '--verilator-binary', chipyard);
    const [first, memory, last, program, ...files] = readFileSync(recorded, 'utf8').trimEnd().split('\n');
    expect([first, last]).toEqual(['+permissive', '+permissive-off']);
    expect(memory).toBe(`+loadmem=${program}`);
    expect(program).toMatch(/^\/.*network$/);
    expect(files).toEqual(['cases', 'tensors', 'table']);
    const { cycles, steps } = JSON.parse(out);
    expect(cycles).toBe(600);
    expect(steps).toMatchObject([{ cycles: 300, instructions: 100, share: 0.5 }, { cycles: 200 }, { cycles: 100 }]);
    expect(code).toBe(1);
  });
});

test('memory that answers later costs cycles and no instructions, and every integer stays', async () => {
  const near = JSON.parse((await deploy('--memory-latency', '1')).out);
  const far = JSON.parse((await deploy('--memory-latency', '100')).out);
  expect([near.mismatches, far.mismatches]).toEqual([0, 0]);
  expect(far.cycles).toBeGreaterThan(near.cycles);
  const instructions = ({ steps }: { steps: { instructions: number }[] }) => steps.map((step) => step.instructions);
  expect(instructions(far)).toEqual(instructions(near));
  const refused = await bitwright('deploy', mlp, '--run-on', 'rv64', '--memory-latency', '40');
  expect(refused.note).toMatch(/--memory-latency: found the cycle model functional, expected one with caches/);
});

test('a simulator without a target that it could run is refused', async () => {
  const { code, note } = await bitwright('validate', 'examples/vit-digits/checkpoint.pth.tar', '--heads', '2', '--simulator', 'spike');
  expect(note).toMatch(/--simulator is for firmware of a simulated machine: add --target gemmini/);
  expect(code).toBe(2);
});

test('firmware of another network is refused, and its own says what it takes of the memory', async () => {
  const folder = join(scratch, 'other');
  expect(
    (
      await bitwright(
        'compile',
        fileURLToPath(new URL('../fixtures/brevitas/two_input', import.meta.url)),
        '--target',
        'gemmini',
        '--out',
        folder,
      )
    ).code,
  ).toBe(0);
  const { code, note } = await deploy('--firmware', folder);
  expect(note).toMatch(/network: found \d+ bytes of tensors, expected 680\. Compile the firmware of this network again\./);
  expect(code).toBe(1);
  const { firmware } = JSON.parse((await deploy()).out);
  expect(firmware.peak).toBe(firmware.program + firmware.variables + firmware.stack);
  expect(firmware.stack).toBeGreaterThan(100);
});
