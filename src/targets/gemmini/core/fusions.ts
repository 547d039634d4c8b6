import type { Fusion } from './fusion.ts';
import { layerNormRescale } from './layer-norm.ts';

/** What the core does in one pass, the first that fits. */
export const fusions: readonly Fusion[] = [layerNormRescale];
