import { elements, type Tensor } from '../../../numeric/tensor.ts';
import { defineKernel, type Site } from '../../kernel.ts';
import { sourcesOf } from '../../portable.ts';
import { withinArray } from '../behind.ts';
import type { Contracted, Term } from '../contracted.ts';
import { fill, packed, padded, rowsOfSum } from '../digits.ts';
import { emitArrayWork } from '../emit.ts';
import { imageOf } from '../image.ts';
import type { GemminiMachine } from '../machine.ts';
import { arraySources } from '../sources.ts';
import { type ArrayWork, arrayWorks } from '../work.ts';

/**
 * Weights times image, one term for each row of the kernel. The array copies the image once for each column of the kernel, with its border; so
 * the inputs of all outputs lie one behind the other, for the next row of the kernel further on, and the sums come out in the order of the
 * result. The image stays in the array, the weights stream. Groups are groups of the product, and so are several images.
 */
export const convolution = defineKernel<GemminiMachine, ArrayWork>({
  name: 'gemmini-convolution',

  *works(site, machine) {
    const contracted = contractedOf(site, machine);
    if (contracted) yield* arrayWorks(site, contracted, machine);
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...arraySources, ...sourcesOf(rest.segments)],
  emit: emitArrayWork,
  within: ({ rest }, stage) => withinArray(rest, stage),
});

function contractedOf(site: Site, { gemmini: { dim } }: GemminiMachine): Contracted | undefined {
  const image = imageOf(site, dim);
  if (image === undefined) return undefined;
  const { step } = site;
  const { weights, images, groups, outputs, depth, columns, offset, plane } = image;
  const [height, width] = image.kernel;
  const rows = outputs / groups;
  const stride = padded(depth * width);
  const matrix = `${step.name} weights for the array`;
  const terms = image.taps.map(
    (tap, u): Term => ({
      left: { base: matrix, offset: u * outputs * stride, stride, group: images > 1 ? 0 : rows * stride },
      right: { base: image.base, offset: tap, stride: plane, group: depth * width * plane },
      depth: depth * width,
    }),
  );
  const correction = offset === 0 ? undefined : correctionOf(step.name, weights, { group: images > 1 ? 0 : rows, columns, offset });
  return {
    rows,
    columns,
    products: [[...terms, ...(correction?.terms ?? [])]],
    preparations: image.preparations,
    constants: new Map([[matrix, packed(streams(weights, height, width), stride)], ...(correction?.constants ?? [])]),
  };
}

/** For each row of the kernel and each output, the weights of all channels, each channel's columns side by side. */
function streams({ type, data }: Tensor, height: number, width: number): number[][] {
  const [outputs, depth] = type.shape as [number, number];
  return Array.from({ length: height * outputs }, (_, row) => {
    const [u, output] = [Math.floor(row / outputs), row % outputs];
    return Array.from(
      { length: depth * width },
      (_, k) => data[((output * depth + Math.floor(k / width)) * height + u) * width + (k % width)]!,
    );
  });
}

/** The image less its offset, and what that takes away: a row of -offset times so many columns more of the weights. */
function correctionOf(
  name: string,
  { type, data }: Tensor,
  { group, columns, offset }: { readonly group: number; readonly columns: number; readonly offset: number },
): { readonly terms: readonly Term[]; readonly constants: ReadonlyMap<string, Tensor> } {
  const [outputs] = type.shape as [number];
  const inner = elements(type.shape) / outputs;
  const sums = Array.from({ length: outputs }, () => 0);
  for (let index = 0; index < data.length; index++) sums[Math.floor(index / inner)]! -= data[index]!;
  const digits = rowsOfSum(sums);
  if (digits.length === 0) return { terms: [], constants: new Map() };
  const [left, right] = [`${name} sums of weights`, `${name} filling`];
  const stride = padded(digits.length);
  const transposed = sums.map((_, output) => digits.map((row) => row[output]!));
  const term: Term = { left: { base: left, stride, group: group * stride }, right: { base: right, stride: 0 }, depth: digits.length };
  return {
    terms: [term],
    constants: new Map([
      [left, packed(transposed, stride)],
      [right, fill(-offset, columns)],
    ]),
  };
}
