import type { Compiler, Target } from './target.ts';

/** The targets by name. A new one is a folder here and one entry. */
export const targets = {
  host: async (): Promise<Target> => (await import('./host/target.ts')).hostTarget,
  gemmini: async (): Promise<Compiler> => (await import('./gemmini/gemmini.ts')).gemminiCompiler,
} as const;
export type TargetName = keyof typeof targets;
