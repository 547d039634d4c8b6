import type { Style } from '../../operators/layer.ts';
import { ares } from './ares.ts';
import { dyadic } from './dyadic.ts';
import { float32 } from './float32.ts';
import { ivit } from './ivit.ts';

/** The numeric styles by name: what --style takes. */
export const styles: ReadonlyMap<string, Style> = new Map([dyadic, float32, ares, ivit].map((style) => [style.name, style]));
