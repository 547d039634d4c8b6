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
    await writeFirmware(await gemminiTarget.emit(plan), directory);
    const { executable } = await gemminiTarget.build(directory);
    const picture = Buffer.concat(plan.inputs.map(({ name }) => encodeElements(samples[0].get(name))));
    return { executable, picture, folder };
  })();
  return built;
}

/** Seconds that a process takes for so many pictures. What it keeps between runs lies in `cache`. */
function seconds({ command, args, cache }, picture, pictures) {
  const start = performance.now();
  const input = Buffer.concat(Array.from({ length: pictures }, () => picture));
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const { status, stderr } = spawnSync(command, args, { input, env, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

let caches = 0;
/** The simulator with an empty cache; `fill` runs it until nothing is left to be translated. */
function ours({ executable, folder, picture }, { fill = false } = {}) {
  const work = {
    command: process.execPath,
    args: [cli, 'simulate', '--machine', 'gemmini', '--memory-latency', '40', executable],
    cache: join(folder, `cache-${caches++}`),
  };
  for (let run = 0; fill && run < 3; run++) seconds(work, picture, 1);
  return work;
}

/** Pictures a second, from a run of several and one of one: the best of so many rounds. They take turns, so that a busy moment hits all alike. */
function rates(works, picture, more = 2) {
  const best = works.map(() => ({ long: Infinity, short: Infinity }));
  for (let round = 0; round < 3; round++)
    for (const [i, work] of works.entries()) {
      if (round >= (work.rounds ?? 3)) continue;
      best[i].long = Math.min(best[i].long, seconds(work, picture, 1 + more));
      best[i].short = Math.min(best[i].short, seconds(work, picture, 1));
    }
  return best.map(({ long, short }) => more / (long - short));
}

const least = (runs) => Math.min(...Array.from({ length: 3 }, runs));

export const rows = [
  {
    name: 'DeiT-tiny simulated on gemmini: one picture, the whole process, nothing kept',
    async measure() {
      const built = await firmware();
      return { value: least(() => seconds(ours(built), built.picture, 1)), unit: 's' };
    },
  },
  {
    name: 'DeiT-tiny simulated on gemmini: one picture, the whole process, translations kept by earlier ones',
    bar: '<= 1',
    async measure() {
      const built = await firmware();
      const work = ours(built, { fill: true });
      return { value: least(() => seconds(work, built.picture, 1)), unit: 's', peer: '1.5 s', peerValue: 1.5 };
    },
  },
  {
    name: 'DeiT-tiny simulated on gemmini: each further picture of a process',
    bar: '>= 10',
    async measure() {
      if (spikePath === undefined) return { absent: 'not measured: BITWRIGHT_SPIKE names no Spike' };
      if (library === undefined) return { absent: "not measured: BITWRIGHT_SPIKE_GEMMINI names no library of Gemmini's extension" };
      const built = await firmware();
      const peer = spike({ command: spikePath, isa, gemmini: { dim: 16, library } });
      const theirs = { command: peer.command, args: peer.arguments(built.executable, []), cache: built.folder, rounds: 1 };
      const [value, peerValue] = rates([ours(built, { fill: true }), theirs], built.picture);
      return { value, unit: 'images/s', peer: peer.title, peerValue };
    },
  },
];
