import type { Row } from '../row.ts';
import { xpulpLanes } from './xpulp-lanes.ts';
import { xpulpLoops } from './xpulp-loops.ts';
import { xpulpMemory } from './xpulp-memory.ts';
import { xpulpScalar } from './xpulp-scalar.ts';
import { xpulpVector } from './xpulp-vector.ts';

/** XpulpV2, as the RI5CY manual defines it, in the encodings of GAP9's cores. */
export const xpulpv2: readonly Row[] = [...xpulpMemory, ...xpulpScalar, ...xpulpVector, ...xpulpLanes, ...xpulpLoops];
