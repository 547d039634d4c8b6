import type { AnyModule, Modules } from '../module.ts';
import { functions } from './functions.ts';
import { norms } from './norms.ts';
import { own } from './own.ts';
import { pools } from './pools.ts';
import { products } from './products.ts';
import { quantisers } from './quantiser.ts';
import { shapes } from './shapes.ts';
import { weighted } from './weights.ts';

/** All that the Brevitas importer takes; the page Supported layers is printed from it. */
export const definitions: readonly AnyModule[] = [
  ...weighted,
  ...quantisers,
  ...functions,
  ...norms,
  ...products,
  ...own,
  ...pools,
  ...shapes,
];

export const modules: Modules = new Map(definitions.flatMap((definition) => definition.classes.map((name) => [name, definition])));
