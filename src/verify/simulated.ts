import type { Generation } from '../hardware/gemmini.ts';
import { type TargetName, targets } from '../targets/index.ts';
import type { Target } from '../targets/target.ts';
import type { Simulation } from './simulation.ts';

type MakeTarget = (simulation?: Simulation) => Promise<Target>;

/** The simulated machines on which the C of the host target can run, by name. A new one is a file here and one entry. */
export const simulated = {
  rv64: async (simulation?: Simulation) => (await import('./rv64.ts')).rv64On(simulation),
} as const satisfies { readonly [name: string]: MakeTarget };
export type SimulatedName = keyof typeof simulated;

const gemminiOf =
  (generation?: Generation): MakeTarget =>
  async (simulation) =>
    (await import('./gemmini.ts')).gemminiOn(simulation, generation);

/** The targets with what runs their programs: this machine, or a simulated one. */
export const runnable = {
  host: targets.host,
  gemmini: gemminiOf(),
  'gemmini-2023-02': gemminiOf('2023-02'),
  'gemmini-2023-10': gemminiOf('2023-10'),
} as const satisfies { readonly [name in TargetName]: MakeTarget };
