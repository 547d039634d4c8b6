import type { Target } from './target.ts';

/** The targets by name. A new one is a folder here and one entry. */
export const targets = {
  host: async (): Promise<Target> => (await import('./host/target.ts')).hostTarget,
} as const;
export type TargetName = keyof typeof targets;
