import { hints } from './brevitas/hints.ts';
import { modules as brevitas } from './brevitas/index.ts';
import type { Hints } from './import.ts';
import { modules as ivit } from './ivit/index.ts';
import type { Modules } from './module.ts';

/** What the records of one framework may be. */
export interface Framework {
  readonly modules: Modules;
  readonly hints: Hints;
  /** The numeric style whose integers the framework defines. */
  readonly style: 'dyadic' | 'ivit';
}

/** By the name that stands in a bundle as its source. Registering one is a line here. */
export const frameworks: ReadonlyMap<string, Framework> = new Map<string, Framework>([
  ['brevitas', { modules: brevitas, hints, style: 'dyadic' }],
  ['ivit', { modules: ivit, hints: new Map(), style: 'ivit' }],
]);
