import type { Row } from '../row.ts';
import { xpulpMemory } from './xpulp-memory.ts';
import { xpulpScalar } from './xpulp-scalar.ts';
import { xpulpVector } from './xpulp-vector.ts';

/** XpulpV2 without its hardware loops and `p.elw`, for which a core needs loop registers and an event unit. */
export const xpulpv2: readonly Row[] = [...xpulpMemory, ...xpulpScalar, ...xpulpVector];
