// DeiT-tiny simulated on a Rocket core with a Gemmini, with its cycles: beside Spike with Gemmini's extension, which counts none, on the same ELF.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeElements } from '../../dist/formats/elements.js';
import { spike } from '../../dist/simulator/external/spike.js';
import { machines } from '../../dist/simulator/machine.js';
import { writeFirmware } from '../../dist/targets/firmware.js';
import { gemminiTarget } from '../../dist/verify/gemmini.js';
import { deitTiny } from '../networks/deit-tiny.mjs';

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const { BITWRIGHT_SPIKE: spikePath, BITWRIGHT_SPIKE_GEMMINI: library } = process.env;
const [{ isa }] = machines.gemmini.cores;

let built;

/** The executable, and one picture as it reads it. */
function firmware() {
  built ??= (async () => {
    const { program, samples } = await deitTiny();
    const folder = mkdtempSync(join(tmpdir(), 'bitwright-bench-'));
    process.on('exit', () => rmSync(folder, { recursive: true }));
    const plan = gemminiTarget.plan(program);
    const directory = join(folder, 'firmware');
    await writeFirmware(directory, await gemminiTarget.emit(plan));
    const { executable } = await gemminiTarget.build(directory);
    const picture = Buffer.concat(plan.inputs.map(({ name }) => encodeElements(samples[0].get(name))));
    return { executable, picture };
  })();
  return built;
}

/** Seconds that a process takes for so many pictures. */
function seconds(command, args, picture, pictures) {
  const start = performance.now();
  const input = Buffer.concat(Array.from({ length: pictures }, () => picture));
  const { status, stderr } = spawnSync(command, args, { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

const ours = (executable) => [process.execPath, [cli, 'simulate', '--machine', 'gemmini', executable]];

/** Pictures a second, from runs of several and of one; they take turns, so that a busy moment hits all alike. */
function rates(works, picture, more = 2) {
  const best = works.map(() => ({ long: Infinity, short: Infinity }));
  for (let round = 0; round < 3; round++)
    for (const [i, [command, args]] of works.entries()) {
      best[i].long = Math.min(best[i].long, seconds(command, args, picture, 1 + more));
      best[i].short = Math.min(best[i].short, seconds(command, args, picture, 1));
    }
  return best.map(({ long, short }) => more / (long - short));
}

export const rows = [
  {
    name: 'DeiT-tiny simulated on gemmini, the whole process',
    bar: '<= 1',
    async measure() {
      const { executable, picture } = await firmware();
      const [command, args] = ours(executable);
      const times = Array.from({ length: 3 }, () => seconds(command, args, picture, 1));
      return { value: Math.min(...times), unit: 's', peer: 'the mark of 1.5 s', peerValue: 1.5 };
    },
  },
  {
    name: 'DeiT-tiny simulated on gemmini',
    bar: '>= 10',
    async measure() {
      if (spikePath === undefined) return { absent: 'not measured: BITWRIGHT_SPIKE names no Spike' };
      if (library === undefined) return { absent: "not measured: BITWRIGHT_SPIKE_GEMMINI names no library of Gemmini's extension" };
      const { executable, picture } = await firmware();
      const peer = spike({ command: spikePath, isa, gemmini: { dim: 16, library } });
      const [value, peerValue] = rates([ours(executable), [peer.command, peer.arguments(executable, [])]], picture);
      return { value, unit: 'images/s', peer: peer.title, peerValue };
    },
  },
];
