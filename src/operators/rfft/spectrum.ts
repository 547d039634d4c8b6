import type { Attributes } from '../../numeric/attributes.ts';
import type { TensorType } from '../../numeric/tensor.ts';
import type { Cut, Needs, Region, Slicing } from '../../program/operator.ts';
import { wholeSpan } from '../../program/regions.ts';
import { wholeRegion } from '../regions.ts';

type Operands = readonly [TensorType, TensorType];

/** How a call that makes one number of each bin [..., 2, bins] falls into parts: along the axes in front of these. */
export function sliceSpectrum<A extends Attributes>(
  attributes: A,
  [spectrum]: Operands,
  _: TensorType,
  input: Cut | null,
): Slicing | undefined {
  const cut = input ?? {
    axis: Math.max(
      spectrum.shape.findIndex((size) => size > 1),
      0,
    ),
    count: 1,
  };
  const count = input?.count ?? spectrum.shape[cut.axis]!;
  return cut.axis < spectrum.shape.length - 2 ? { cut: { axis: cut.axis, count }, operands: [cut.axis, null], attributes } : undefined;
}

/** Both parts of the same bins. */
export const spectrumNeeds = <A extends Attributes>(attributes: A, [, table]: Operands, _: TensorType, region: Region): Needs => ({
  operands: [[...region.slice(0, -1), wholeSpan(2), region.at(-1)!], wholeRegion(table.shape)],
  attributes,
});
