import { operators } from '../../operators/index.ts';
import type { Program } from '../../program/program.ts';
import { type Code, c } from '../c.ts';
import { emitConstantFiles } from '../constants.ts';
import { type Firmware, kernelSource, withHeaders } from '../firmware.ts';
import { kernelNamed } from '../kernel.ts';
import { type Emission, emitHeader, emitSource } from '../network.ts';
import { type NamedPlan, type Plan, planProgram } from '../plan.ts';
import { type Core, portable } from '../portable.ts';
import { replayed } from '../replay.ts';
import { emitMakefile } from './makefile.ts';

/** Roughly what GCC 12 -O2 makes of kernels/ on a current x86 core: two multiply-accumulates a nanosecond. */
const desktop: Core = { cyclesPerMac: 1.5, cyclesPerElement: 4 };

/** What the host target emits with. */
export const hostEmission: Emission<Core> = { operators, kernels: [portable], machine: desktop };

/** Places a verified Program on the machine on which its firmware will be compiled. */
export const planHost = (program: Program): Plan =>
  planProgram(program, hostEmission.operators, hostEmission.kernels, hostEmission.machine);

/** The same plan for firmware that keeps what flows inside its steps. */
export const replayHost = (plan: Plan): Plan => replayed(plan, hostEmission);

/** The C name of one network alone, and of each of several. */
export const named = (plans: readonly Plan[]): NamedPlan[] => {
  const [only] = plans;
  if (only && plans.length === 1) return [{ plan: only, symbol: 'network', prefix: '' }];
  return plans.map((plan, index) => ({ plan, symbol: `network_${index}`, prefix: `network_${index}_` }));
};

/** Networks in one C file: enough to keep a compiler from starting too often, few enough to compile files side by side. */
const networksPerFile = 64;

/** Headers that every firmware carries; others come with the kernels that include them. */
const headers = ['bitwright.h', 'arithmetic.h', 'window.h'];
const dataPath = 'data/constants.bin';

const emitMain = (networks: readonly NamedPlan[]) => c`
  #include "host.h"
  #include "network.h"

  int main(int argc, char **argv)
  {
    static const bw_network *const networks[] = {
      ${networks.map(({ symbol }) => `&${symbol},`)}
    };
    return bw_host_main(networks, ${networks.length}, argc, argv);
  }
  `;

/** What stands around the networks and makes a program of them. */
export interface Surroundings {
  /** The text of main.c. */
  readonly main: Code;
  /** Files of kernels/runtime/. */
  readonly runtime: readonly string[];
  /** The Makefile, from the paths in the folder. */
  readonly makefile: (sources: readonly string[], headers: readonly string[], data: string) => Code;
}

/** A folder with networks in C, the kernels that they use and what stands around them. */
export async function emitFolder<Machine = Core>(
  networks: readonly NamedPlan[],
  { main, runtime, makefile }: Surroundings,
  emission: Emission<Machine> = hostEmission as unknown as Emission<Machine>,
): Promise<Firmware> {
  const used = networks.flatMap(({ plan: { steps } }) =>
    steps.flatMap(({ kernel, work }) => kernelNamed(emission.kernels, kernel).sources(work)),
  );
  const kernelTexts = await withHeaders([...[...new Set(used)].sort(), ...headers, ...(emission.headers ?? [])]);
  const chunks = Array.from({ length: Math.ceil(networks.length / networksPerFile) }, (_, index) => ({
    path: index === 0 ? 'network.c' : `network_${index}.c`,
    networks: networks.slice(index * networksPerFile, (index + 1) * networksPerFile),
  }));
  const read = new Set<string>();
  const sources = chunks.map(({ path, networks: some }): [string, string] => [path, emitSource(some, emission, read)]);
  const { assembly, data } = emitConstantFiles(networks, dataPath, read);
  const texts = new Map<string, string>([['main.c', main], ['network.h', emitHeader(networks)], ...sources, ['constants.S', assembly]]);
  for (const [name, text] of kernelTexts) texts.set(`kernels/${name}`, text);
  const whole = networks.some(({ plan }) => plan.replay?.bytes) ? [...runtime, 'replay.h'] : runtime;
  for (const name of whole) texts.set(`runtime/${name}`, (await kernelSource(`runtime/${name}`)).trimEnd());
  const paths = [...texts.keys()];
  const text = makefile(
    paths.filter((path) => /\.[cS]$/.test(path)),
    paths.filter((path) => path.endsWith('.h')),
    dataPath,
  );
  return new Map<string, string | Uint8Array>([
    ...Array.from(texts, ([path, text]): [string, string] => [path, `${text}\n`]),
    [dataPath, data],
    ['Makefile', text],
  ]);
}

/** The firmware of several networks in one executable, which compiles the kernels once. */
export const emitMany = (plans: readonly Plan[]): Promise<Firmware> => {
  const networks = named(plans);
  return emitFolder(networks, { main: emitMain(networks), runtime: ['host.c', 'host.h', 'firmware.h'], makefile: emitMakefile });
};

/** The firmware of one network: a folder that a person can read, build with make, and change. */
export const emitHost = (plan: Plan): Promise<Firmware> => emitMany([plan]);
