import type { Generation } from '../hardware/gemmini.ts';
import type { Compiler, Target } from './target.ts';

/** A Gemmini, whose firmware runs on every generation, or on the one that is named alone. */
const gemminiOf = (generation?: Generation) => async (): Promise<Compiler> =>
  (await import('./gemmini/gemmini.ts')).gemminiCompilerOf(generation);

/** The targets by name. A new one is a folder here and one entry. */
export const targets = {
  host: async (): Promise<Target> => (await import('./host/target.ts')).hostTarget,
  gemmini: gemminiOf(),
  'gemmini-2023-02': gemminiOf('2023-02'),
  'gemmini-2023-10': gemminiOf('2023-10'),
} as const;
export type TargetName = keyof typeof targets;
