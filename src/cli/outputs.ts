import type { Shape, Tensor } from '../numeric/tensor.ts';
import { checksum } from '../verify/checksum.ts';
import { type Ranked, topK } from '../verify/top.ts';
import { printTable } from './table.ts';

/** One output of one sample. */
export interface Output {
  readonly sample: number | string;
  readonly output: string;
  readonly dtype: string;
  readonly shape: Shape;
  readonly data: readonly number[];
  readonly top: readonly Ranked[];
  /** A decimal number, where it is asked for: JSON has no integers of 64 bits. */
  readonly checksum?: string;
}

export const outputOf = (
  sample: number | string,
  output: string,
  value: Tensor,
  options: { readonly top: number; readonly checksum: boolean | undefined },
): Output => ({
  sample,
  output,
  ...value.type,
  data: Array.from(value.data),
  top: topK(value.data, options.top),
  ...(options.checksum && { checksum: String(checksum(value)) }),
});

export const describeOutputs = (outputs: readonly Output[], colour: boolean): string => {
  const sums = outputs.some((output) => output.checksum !== undefined);
  return printTable(
    ['sample', 'output', 'shape', 'largest: element value', ...(sums ? ['checksum'] : [])],
    outputs.map(({ sample, output, shape, top, checksum: sum }) => [
      sample,
      output,
      shape.join('x'),
      top.map(({ index, value }) => `${index} ${Number(value.toPrecision(6))}`).join('   '),
      ...(sum === undefined ? [] : [{ text: sum }]),
    ]),
    { colour },
  );
};
