import { elements, type Tensor } from '../../../numeric/tensor.ts';
import { linear as linearOperator } from '../../../operators/linear/linear.ts';
import { defineKernel } from '../../kernel.ts';
import { sourcesOf } from '../../portable.ts';
import { withinArray } from '../behind.ts';
import { biasBehind } from '../bias.ts';
import type { Term } from '../contracted.ts';
import { digitsOf, fill, packed, padded, rowsOfSum } from '../digits.ts';
import { emitArrayWork } from '../emit.ts';
import type { GemminiMachine } from '../machine.ts';
import { arraySources } from '../sources.ts';
import { type ArrayWork, arrayWorks } from '../work.ts';

/** Rows times constant weights. An unsigned operand is shifted; what that takes away comes back as a few rows more of the weights. */
export const linear = defineKernel<GemminiMachine, ArrayWork>({
  name: 'gemmini-linear',

  *works(site, machine) {
    const [call] = site.step.stages;
    if (call?.operator !== linearOperator.name) return;
    const [operand, weights] = call.operands as [string, string];
    const digits = digitsOf(site.known().get(operand)!);
    const constant = site.program.constants.get(weights);
    if (digits === undefined || constant === undefined) return;
    const [columns, depth] = constant.type.shape as [number, number];
    const count = elements(site.types.get(operand)!.shape);

    const rows = turned(constant);
    const filled = digits.offset === 128 ? -128 : digits.offset;
    const sums = filled === 0 ? [] : Array.from({ length: columns }, (_, o) => rows.reduce((sum, row) => sum + row[o]!, 0));
    const extra = filled === 0 ? [] : rowsOfSum(filled < 0 ? sums.map((sum) => -sum) : sums);
    const stride = padded(columns);
    const [matrix, vector] = [`${site.step.name} weights for the array`, `${site.step.name} filling`];
    const constants = new Map([[matrix, packed([...rows, ...extra], stride)]]);
    if (extra.length > 0) constants.set(vector, fill(filled, extra.length));

    const term = (base: string | number): Term => ({ left: { base, stride: depth }, right: { base: matrix, stride }, depth });
    const correction: Term[] =
      extra.length === 0
        ? []
        : [{ left: { base: vector, stride: 0 }, right: { base: matrix, offset: depth * stride, stride }, depth: extra.length }];
    const bases = digits.prepare ? Array.from({ length: digits.count }, (_, index) => index) : [operand];
    yield* arrayWorks(
      site,
      {
        rows: count / depth,
        columns,
        ...biasBehind(site, 1, columns),
        products: bases.map((base, index) => [term(base), ...(index === 0 ? correction : [])]),
        preparations: digits.prepare ? [digits.prepare(operand, count)] : [],
        constants,
      },
      machine,
    );
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...arraySources, ...sourcesOf(rest.segments)],
  emit: emitArrayWork,
  within: ({ rest }, stage) => withinArray(rest, stage),
});

/** The columns of a matrix of int8. */
function turned({ type, data }: Tensor): Int8Array[] {
  const [height, width] = type.shape as [number, number];
  const all = new Int8Array(width * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) all[column * height + row] = data[row * width + column]!;
  return Array.from({ length: width }, (_, column) => all.subarray(column * height, (column + 1) * height));
}
