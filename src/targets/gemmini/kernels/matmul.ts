import { elements } from '../../../numeric/tensor.ts';
import { matmul as matmulOperator } from '../../../operators/matmul/matmul.ts';
import { defineKernel } from '../../kernel.ts';
import { sourcesOf } from '../../portable.ts';
import { withinArray } from '../behind.ts';
import type { Term } from '../contracted.ts';
import { digitsOf, fill } from '../digits.ts';
import { emitArrayWork } from '../emit.ts';
import type { GemminiMachine } from '../machine.ts';
import { arraySources } from '../sources.ts';
import { type ArrayWork, arrayWorks } from '../work.ts';

/** What is added for each offset: a row of this, as often as it takes. */
const filled = 64;

/** Products of activations, as attention has them: each matrix is a group. A right operand that is transposed is turned by the array. */
export const matmul = defineKernel<GemminiMachine, ArrayWork>({
  name: 'gemmini-matmul',

  *works(site, machine) {
    const [call] = site.step.stages;
    if (call?.operator !== matmulOperator.name) return;
    const [a, b] = call.operands as [string, string];
    const digits = digitsOf(site.known().get(a)!);
    if (digits === undefined || site.types.get(b)!.dtype !== 'i8') return;
    const transposed = call.attributes['transpose'] === true;
    const [rows, depth] = site.types.get(a)!.shape.slice(-2) as [number, number];
    const columns = site.types.get(b)!.shape.at(transposed ? -2 : -1)!;
    const count = elements(site.types.get(a)!.shape);

    const right = { base: b, stride: transposed ? depth : columns, group: depth * columns };
    const term = (base: string | number): Term => ({ left: { base, stride: depth, group: rows * depth }, right, depth });
    const vector = `${site.step.name} filling`;
    const corrections = Array.from({ length: digits.offset / filled }, (): Term => ({ left: { base: vector, stride: 0 }, right, depth }));
    const bases = digits.prepare ? Array.from({ length: digits.count }, (_, index) => index) : [a];
    yield* arrayWorks(
      site,
      {
        rows,
        columns,
        transposed,
        products: bases.map((base, index) => [term(base), ...(index === 0 ? corrections : [])]),
        preparations: digits.prepare ? [digits.prepare(a, count)] : [],
        constants: corrections.length > 0 ? new Map([[vector, fill(filled, depth)]]) : new Map(),
      },
      machine,
    );
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...arraySources, ...sourcesOf(rest.segments)],
  emit: emitArrayWork,
  within: ({ rest }, stage) => withinArray(rest, stage),
});
