import type { Tensor } from '../../numeric/tensor.ts';
import type { Site } from '../kernel.ts';
import { bitsOf, blocksOf, byteRoundingOf } from './byte-rounding.ts';
import { knownStages } from './core/fusion.ts';

/** How what is turned leaves the accumulator. */
export interface Last {
  /** Calls of the step that are done then. */
  readonly taken: number;
  readonly blocks: Tensor;
  readonly scale: number;
  readonly relu: number;
  readonly lacking: number;
}

/** A rounding of bytes right behind the windows, where one read-out is right; else the bytes as they are. */
export function lastOf(site: Site, taken: number, lacking: number, dim: number): Last {
  const call = site.step.stages[taken];
  const values = site.known();
  const rounding =
    call && byteRoundingOf(call, [knownStages(site)[taken - 1]!, ...call.operands.map((name) => values.get(name)!)], site.operators);
  const blocks =
    rounding?.multiples.length === 1 && rounding.more === 0 ? blocksOf(rounding.multiples, [rounding.first], dim, true) : undefined;
  if (rounding && blocks)
    return { taken: taken + 1, blocks, scale: bitsOf(rounding.multiplier), relu: Number(rounding.relu), lacking: rounding.lacking };
  return { taken, blocks: blocksOf([1], [0], dim, true)!, scale: bitsOf(1), relu: 0, lacking };
}
