import type { Fusion } from './fusion.ts';

/** What the core does in one pass, the first that fits. */
export const fusions: readonly Fusion[] = [];
