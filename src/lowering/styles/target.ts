import { BadInput } from '../../errors.ts';
import { roundHalfEven } from '../../numeric/rounding.ts';
import type { Meaning, Quantisation } from '../../operators/layer.ts';

/** The bits of a quantiser's integers. */
export const bitsOf = ({ lo, hi }: Quantisation): number => Math.ceil(Math.log2(Math.max(hi + 1, -lo, 1))) + (lo < 0 ? 1 : 0);

/** The clamp with the ReLU in it: the floor's own integer, or the quantiser's least. */
export const clampOf = ({ floor }: Meaning, { scale, lo, hi }: Quantisation): { readonly lo: number; readonly hi: number } => ({
  lo: Math.min(Math.max(lo, roundHalfEven(floor / scale)), hi),
  hi,
});

export const cannotRound = (name: string, channel: number, ratio: number): BadInput =>
  new BadInput({
    where: `layer ${name}`,
    found: `channel ${channel} with ${ratio} output steps to one step of its input`,
    expected: 'a ratio that a 31-bit multiplier and a shift stand for exactly enough',
    remedy: 'calibrate the quantisers in front of and behind this layer again',
  });
