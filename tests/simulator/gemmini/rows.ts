import type { Measured } from '../timing/program.ts';
import { loads } from './rows/loads.ts';
import { loops } from './rows/loops.ts';
import { execute } from './rows/products.ts';
import { stores } from './rows/stores.ts';

/** What is measured of a Gemmini: single commands, streams of them, and loops. */
export const rows: readonly Measured[] = [...loads, ...stores, ...execute, ...loops];
