import { type TargetName, targets } from '../targets/index.ts';
import type { Target } from '../targets/target.ts';

/** The simulated machines on which the C of the host target can run, by name. A new one is a file here and one entry. */
export const simulated = {
  rv64: async (): Promise<Target> => (await import('./rv64.ts')).rv64Target,
} as const;
export type SimulatedName = keyof typeof simulated;

/** The targets with what runs their programs: this machine, or a simulated one. */
export const runnable = {
  host: targets.host,
  gemmini: async (): Promise<Target> => (await import('./gemmini.ts')).gemminiTarget,
} as const satisfies { readonly [name in TargetName]: () => Promise<Target> };
