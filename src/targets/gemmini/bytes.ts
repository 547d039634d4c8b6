import * as z from 'zod';
import type { Attributes } from '../../numeric/attributes.ts';
import { type Dtype, elements, type Tensor, type TensorType, tensor } from '../../numeric/tensor.ts';
import type { ClampAttributes } from '../../operators/requantise/channels.ts';
import { dyadic } from '../../operators/requantise/dyadic.ts';
import { dyadicSum } from '../../operators/requantise/dyadic-sum.ts';
import { defineOperator, type Known, type Operator } from '../../program/operator.ts';
import type { Call } from '../../program/program.ts';
import type { Site } from '../kernel.ts';
import { type PortableSegment, sourcesOf } from '../portable.ts';
import { type Fusion, knownStages } from './core/fusion.ts';
import { packed } from './digits.ts';
import type { GemminiMachine } from './machine.ts';
import { type Affine, type Operand, type ReadOuts, readOutsOf } from './scaler/affine.ts';
import { arraySources } from './sources.ts';

/** Calls of a step with those in the array's hands that round bytes, or sums of two, to bytes: kernels/gemmini/bytes.h. */
export interface OnArray {
  readonly stages: readonly Call[];
  /** What those calls read beside the Program's constants. */
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** Where a rounding has its constants and its other operand. */
interface Form {
  readonly operator: Operator;
  /** Of so many operands; the others are constants. */
  readonly terms: 1 | 2;
  /** Cycles of an element that the core takes at least. */
  readonly core: number;
  readonly affine: (constants: readonly Tensor[]) => Affine;
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

const dyadicAffine = ([m, b, e]: readonly Tensor[]): Affine => {
  const one = 2 ** e!.data[0]!;
  return { factors: Array.from(m!.data, (multiplier) => multiplier / one), constant: b!.data[0]! / one };
};

const forms: ReadonlyMap<string, Form> = new Map([
  [dyadic.name, { operator: scaled, terms: 1, core: 5, affine: dyadicAffine }],
  [dyadicSum.name, { operator: added, terms: 2, core: 12, affine: dyadicAffine }],
]);

/** Cycles of a call, of an element that the array moves, of each operand, of one that is made signed before, of one that is compared, and put right. */
const cycles = { call: 1000, moved: 0.2, operand: 0.15, shifted: 1.5, lacking: 1, compared: 2.2, repaired: 70 };
/** The calls of a step from `from` on that the array takes, each where that is cheaper than the core's loop. */
export function onArray(site: Site, from: number, machine: GemminiMachine): OnArray {
  const { step } = site;
  const constants = new Map<string, Tensor>();
  if (!step.stages.slice(from).some(({ operator }) => forms.has(operator))) return { stages: step.stages, constants };
  const known = knownStages(site);
  const stages = step.stages.map((call, index): Call => {
    if (index < from) return call;
    const values = site.known();
    const operands = [...(index > 0 ? [known[index - 1]!] : []), ...call.operands.map((name) => values.get(name)!)];
    const taken = takenBy(call, operands, site, machine);
    if (!taken) return call;
    const name = `${step.name} blocks of stage ${index} for the array`;
    constants.set(name, taken.blocks);
    const [terms, own] = [forms.get(call.operator)!, index > 0 ? call.operands : call.operands.slice(1)];
    const others = terms.terms === 1 ? [] : own;
    return {
      operator: terms.operator.name,
      operands: [...(index > 0 ? [] : call.operands.slice(0, 1)), ...others, name],
      attributes: taken.attributes,
    };
  });
  return { stages, constants };
}

interface Taken {
  readonly blocks: Tensor;
  readonly attributes: Attributes;
}

const bytes: ReadonlySet<string> = new Set(['i8', 'u8']);

function takenBy(call: Call, operands: readonly Known[], { operators }: Site, { gemmini }: GemminiMachine): Taken | undefined {
  const form = forms.get(call.operator);
  if (!form) return undefined;
  const [first, m, b, e, ...others] = operands as [Known, Known, Known, Known, ...Known[]];
  const values = [first, ...others];
  const given = [m, b, e].map(({ constant }) => constant);
  const type = operators.get(call.operator)!.result(
    call.attributes,
    operands.map((operand) => operand.type),
  );
  const ofBytes = [...values.map((value) => value.type), type].every(({ dtype }) => bytes.has(dtype));
  const fits = values.length === form.terms && given.every((constant) => constant !== undefined) && elements(b.type.shape) === 1;
  if (!ofBytes || !fits || !holds(gemmini)) return undefined;

  const constants = given as readonly Tensor[];
  const { lo, hi } = call.attributes as unknown as ClampAttributes;
  const lacking = hi > 127 ? 128 : 0;
  const relu = lacking === 0 && lo === 0;
  const ranges = values.map(({ type: { dtype }, range: { low, high } }): Operand => {
    return { low, high, offset: dtype === 'u8' && high > 127 ? 128 : 0 };
  });
  const results = resultsOf(call, ranges, constants, lacking, operators.get(call.operator)!);
  const affine = form.affine(constants);
  const found = readOutsOf({ ...affine, constant: affine.constant - lacking }, ranges, results, relu);
  const blocks = found && blocksOf(found, gemmini.dim);
  const count = elements(type.shape);
  if (!blocks || (form.terms === 1 && found.more > 0)) return undefined;
  const once = found.more === 0;
  const each =
    (once ? 1 : 2) * cycles.moved +
    ranges.reduce((sum, { offset }) => sum + cycles.operand + (offset > 0 ? cycles.shifted : 0), 0) +
    (once ? (lacking > 0 ? cycles.lacking : 0) : cycles.compared + cycles.repaired * found.differing);
  const share = (cycles.call / count + each) / form.core;
  if (share >= 1) return undefined;
  return {
    blocks,
    attributes: {
      ...{ dtype: type.dtype, share, count, offsets: ranges.map(({ offset }) => offset) },
      scale: new Uint32Array(Float32Array.of(found.multiplier).buffer)[0]!,
      ...{ relu: Number(relu), lacking, once: Number(once), lo, hi, dim_bits: Math.log2(gemmini.dim), bank: gemmini.scratchpad.rows },
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

/** The operator's results for all values of its operands, each less what is lacking. */
function resultsOf(
  { attributes }: Call,
  ranges: readonly Operand[],
  constants: readonly Tensor[],
  lacking: number,
  operator: Operator,
): Int32Array {
  const [first, second = { low: 0, high: 0 }] = ranges;
  const across = second.high - second.low + 1;
  const shape = [(first!.high - first!.low + 1) * across];
  const grid = (value: (index: number) => number): Tensor => {
    const made = tensor({ dtype: 'i32', shape });
    for (let index = 0; index < made.data.length; index++) made.data[index] = value(index);
    return made;
  };
  const a = grid((index) => first!.low + Math.floor(index / across));
  const others = ranges.length === 1 ? [] : [grid((index) => second.low + (index % across))];
  const every = { ...attributes, axis: 0 };
  const all = [a, ...constants, ...others];
  const y = tensor(
    operator.result(
      every,
      all.map(({ type }) => type),
    ),
  );
  operator.evaluate(every, all, y);
  return Int32Array.from(y.data, (result) => Number(result) - lacking);
}

/**
 * The matrices that kernels/gemmini/bytes.h asks for: multiples of the identity, then those whose products are constants: rows [1, 127, 127, ...] times
 * columns that add up to the constant. Undefined where int8 does not hold them.
 */
function blocksOf({ multiples, first, more }: ReadOuts, dim: number): Tensor | undefined {
  const across = (value: (row: number, column: number) => number): number[][] =>
    Array.from({ length: dim }, (_, row) => Array.from({ length: dim }, (_one, column) => value(row, column)));
  const columns = [first, ...(multiples.length > 1 ? [more] : [])].map((constant) => digitsTo(constant, dim));
  if (columns.some((digits) => digits === undefined)) return undefined;
  const matrices = [
    ...multiples.map((multiple) => across((row, column) => (row === column ? multiple : 0))),
    across((_, column) => (column === 0 ? 1 : 127)),
    ...columns.map((digits) => across((row) => digits![row]!)),
  ];
  return packed(matrices.flat(), dim);
}

/** int8 digits d with d[0] + 127 (d[1] + d[2] + ...) = value; undefined where so many are too few. */
function digitsTo(value: number, count: number): number[] | undefined {
  const rest = value % 127;
  let high = (value - rest) / 127;
  const digits = [rest];
  while (digits.length < count) {
    const digit = Math.max(-127, Math.min(127, high));
    digits.push(digit);
    high -= digit;
  }
  return high === 0 ? digits : undefined;
}

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
