import * as z from 'zod';
import type { Attributes } from '../../numeric/attributes.ts';
import { type Dtype, elements, type Tensor, type TensorType } from '../../numeric/tensor.ts';
import { defineOperator, type Known, type Operator } from '../../program/operator.ts';
import type { Call } from '../../program/program.ts';
import type { Site } from '../kernel.ts';
import { type PortableSegment, sourcesOf } from '../portable.ts';
import { bitsOf, blocksOf, byteRoundingOf, mayRoundBytes } from './byte-rounding.ts';
import { type Fusion, knownStages } from './core/fusion.ts';
import type { GemminiMachine } from './machine.ts';
import { arraySources } from './sources.ts';

/** Calls of a step with those in the array's hands that round bytes, or sums of two, to bytes: kernels/gemmini/bytes.h. */
export interface OnArray {
  readonly stages: readonly Call[];
  /** What those calls read beside the Program's constants. */
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** What stands for a call, and what its elements take of the core at least: cycles. */
interface Stand {
  readonly operator: Operator;
  readonly core: number;
}

/** Stands in a pipe for a call that the array takes: it works on whole tensors, of one shape. */
const standIn = <const Names extends readonly string[]>(name: string, operands: Names): Operator =>
  defineOperator({
    name,
    formula: 'y = read-out',
    operands,
    attributes: z.object({ dtype: z.string() }),
    epilogue: true,
    result: ({ dtype }, all): TensorType => ({ dtype: dtype as Dtype, shape: (all as readonly TensorType[])[0]!.shape }),
    range: () => ({ low: -128, high: 255 }),
    kernel: () => [],
    evaluate: () => undefined,
  });

const scaled = standIn('gemmini-round-bytes', ['x', 'blocks']);
const added = standIn('gemmini-round-sum', ['a', 'M', 'B', 'E', 'b', 'blocks']);

/** What stands for calls that the array takes. */
export const standIns: readonly (readonly [string, Operator])[] = [scaled, added].map((operator) => [operator.name, operator]);

const stands: ReadonlyMap<number, Stand> = new Map([
  [1, { operator: scaled, core: 5 }],
  [2, { operator: added, core: 12 }],
]);

/** Cycles of a call, of an element that the array moves, of each operand, of one that is made signed before, of one that is compared, and put right. */
const cycles = { call: 1000, moved: 0.2, operand: 0.15, shifted: 1.5, lacking: 1, compared: 2.2, repaired: 70 };

/** The calls of a step from `from` on that the array takes, each where that is cheaper than the core's loop. */
export function onArray(site: Site, from: number, machine: GemminiMachine): OnArray {
  const { step } = site;
  const constants = new Map<string, Tensor>();
  if (!step.stages.slice(from).some(mayRoundBytes)) return { stages: step.stages, constants };
  const known = knownStages(site);
  const stages = step.stages.map((call, index): Call => {
    if (index < from) return call;
    const values = site.known();
    const operands = [...(index > 0 ? [known[index - 1]!] : []), ...call.operands.map((name) => values.get(name)!)];
    const taken = takenBy(call, operands, site, machine);
    if (!taken) return call;
    const name = `${step.name} blocks of stage ${index} for the array`;
    constants.set(name, taken.blocks);
    const [own, leading] = index > 0 ? [call.operands, []] : [call.operands.slice(1), call.operands.slice(0, 1)];
    const others = taken.operator === added ? own : [];
    return { operator: taken.operator.name, operands: [...leading, ...others, name], attributes: taken.attributes };
  });
  return { stages, constants };
}

interface Taken {
  readonly operator: Operator;
  readonly blocks: Tensor;
  readonly attributes: Attributes;
}

function takenBy(call: Call, operands: readonly Known[], { operators }: Site, { gemmini }: GemminiMachine): Taken | undefined {
  const rounding = holds(gemmini) ? byteRoundingOf(call, operands, operators) : undefined;
  if (!rounding) return undefined;
  const { multiples, multiplier, first, more, differing, lacking, lo, hi } = rounding;
  const { operator, core } = stands.get(multiples.length)!;
  const blocks = blocksOf(multiples, operator === added ? [first, more] : [first], gemmini.dim);
  const once = more === 0;
  if (!blocks || (operator === scaled && !once)) return undefined;
  const offsets = rounding.operands.map(({ offset }) => offset);
  const count = elements(operands[0]!.type.shape);
  const each =
    (once ? 1 : 2) * cycles.moved +
    offsets.reduce((sum, offset) => sum + cycles.operand + (offset > 0 ? cycles.shifted : 0), 0) +
    (once ? (lacking > 0 ? cycles.lacking : 0) : cycles.compared + cycles.repaired * differing);
  const share = (cycles.call / count + each) / core;
  if (share >= 1) return undefined;
  return {
    operator,
    blocks,
    attributes: {
      ...{
        dtype: rounding.dtype,
        share,
        count,
        offsets,
        scale: bitsOf(multiplier),
        relu: Number(rounding.relu),
        lacking,
        once: Number(once),
      },
      ...{ lo, hi, dim_bits: Math.log2(gemmini.dim), bank: gemmini.scratchpad.rows },
    },
  };
}

/** Whether the local memories hold what is under way at a time: a line's rows for each stripe, and two that are not whole. */
const holds = ({ dim, scratchpad, accumulator }: GemminiMachine['gemmini']): boolean => {
  const rows = (chunk / (line * dim) + 2) * line;
  return scratchpad.banks >= 3 && rows <= scratchpad.rows && rows <= accumulator.banks * accumulator.rows;
};

/** CHUNK and LINE of kernels/gemmini/bytes.c. */
const [chunk, line] = [4096, 64];

const source = 'gemmini/bytes.c';

/** The files of kernels/ that the calls behind the array need. */
export function sourcesBehind(segments: readonly PortableSegment[]): readonly string[] {
  const sources = sourcesOf(segments);
  return sources.includes(source) ? [...arraySources, ...sources] : sources;
}

/** The calls of C functions for what stands in. */
export const bytesOnArray: Fusion = {
  name: 'bytes-on-array',
  fuse([call]) {
    const own = [scaled, added].find(({ name }) => name === call!.operator);
    if (!own) return undefined;
    const { dtype: _, share, ...fields } = call!.attributes as unknown as { readonly [name: string]: number };
    const functions = [
      {
        function: `bw_${own.name.replaceAll('-', '_')}`,
        arguments: [
          { struct: 'bw_gemmini_bytes', fields },
          ...call!.operands.map((_operand, operand) => ({ operand })),
          { result: true },
        ] as const,
      },
    ];
    return { taken: 1, call: { ...call!, functions, source, share: share! } };
  },
};
