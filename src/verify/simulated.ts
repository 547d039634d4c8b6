import type { Target } from '../targets/target.ts';

/** The simulated machines on which the firmware of a target can run, by name. A new one is a file here and one entry. */
export const simulated = {
  rv64: async (): Promise<Target> => (await import('./rv64.ts')).rv64Target,
} as const;
export type SimulatedName = keyof typeof simulated;
