import type { Fusion } from './fusion.ts';

/** A copy that changes no type, of an integer tensor. */
const copy = /^bw_move_([iu](?:8|16|32))_\1$/;

/** Copies by words of eight bytes, and transpositions by blocks that the cache holds. */
export const move: Fusion = {
  name: 'move',
  fuse([call]) {
    const copies = call!.functions.length > 0 && call!.functions.every((each) => copy.test(each.function));
    if (!copies) return undefined;
    const functions = call!.functions.map((each) => ({ ...each, function: each.function.replace(copy, 'bw_rocket_move_$1') }));
    return { taken: 1, call: { ...call!, functions, source: 'rocket/move.c' } };
  },
};
