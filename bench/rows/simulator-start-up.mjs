// How long `bitwright simulate` takes for 180 KB of code of a C library, and how much memory it holds.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { shortest } from '../clock.mjs';
import { buildLibraries, picolibc } from '../peers/guest.mjs';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const simulate = (...args) => spawnSync(process.execPath, [main, 'simulate', ...args], { stdio: 'ignore' });
const absent = picolibc ? undefined : 'not measured: no picolibc (apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf)';

const startUp = (name, bar, ...args) => ({
  name: `simulator ${name}`,
  bar,
  async measure() {
    if (absent !== undefined) return { absent };
    const elf = buildLibraries(1);
    const [value, peerValue] = await shortest([() => simulate(elf, ...args), () => execFileSync(process.execPath, ['-e', '0'])]);
    return { value, unit: 'ms', peer: 'node -e 0', peerValue };
  },
});

/** Runs the command in a process that says at its end how much memory it held at most, in megabytes. */
function residentMemory(...args) {
  const script = `process.on('exit', () => process._rawDebug(process.resourceUsage().maxRSS)); await import(${JSON.stringify(main)});`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, main, ...args], { encoding: 'utf8' });
  return Number(stderr.trim().split('\n').at(-1)) / 1024;
}

export const rows = [
  startUp('start-up, 180 KB of code: first instruction', '<= 8', '--max-instructions', '1'),
  startUp('start-up, 180 KB of code: each function once', '<= 8'),
  {
    name: 'simulator resident memory, 180 KB of code: 30 rounds',
    bar: '<= 1',
    measure() {
      if (absent !== undefined) return { absent };
      return { value: residentMemory('simulate', buildLibraries(30)), unit: 'MB', peer: 'the limit', peerValue: 300 };
    },
  },
];
