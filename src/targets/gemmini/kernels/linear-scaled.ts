import { elements, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { linear } from '../../../operators/linear/linear.ts';
import { bias as biasOperator } from '../../../operators/requantise/float32.ts';
import { type Code, c, fields } from '../../c.ts';
import { type Body, defineKernel, type Site, type Work } from '../../kernel.ts';
import { emitSegment, type Portable } from '../../portable.ts';
import { aligned, leadFrom, line, placesBehind, withinArray } from '../behind.ts';
import { sourcesBehind } from '../bytes.ts';
import { packed, padded } from '../digits.ts';
import type { GemminiMachine } from '../machine.ts';
import { channelScaling, rangesOf, turnedWeights } from '../scaler/channels.ts';
import type { Bracket } from '../scaler/multipliers.ts';
import { placementOf } from '../scaler/placement.ts';
import { pipeBehind, typeAfter } from '../sums.ts';

/** Sizes of kernels/gemmini/scaled.h's bw_gemmini_scaled, by its names. */
interface Sizes {
  readonly [name: string]: number;
}

interface ScaledWork extends Work {
  readonly sizes: Sizes;
  readonly step: string;
  readonly operand: string;
  readonly weights: string;
  readonly bias: string | undefined;
  /** Derived constants by the fields that have them. */
  readonly fields: { readonly [field: string]: string };
  /** Where results wait that are to be turned, and all of them where the step's result is another: offsets in the scratch memory. */
  readonly columns: number;
  readonly results: number | undefined;
  /** What follows, for the core; stage 0 is what the array has made. */
  readonly rest: Portable | undefined;
  readonly cycles: number;
}

/** Rows times constant weights, a bias, and a rounding to 8 bits, which the accumulator does as it is read out: kernels/gemmini/scaled.h. */
export const linearScaled = defineKernel<GemminiMachine, ScaledWork>({
  name: 'gemmini-linear-scaled',

  *works(site, machine) {
    const work = site.apart ? undefined : workOf(site, machine);
    if (work) yield work;
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => ['gemmini/scaled.c', ...(rest ? sourcesBehind(rest.segments) : [])],
  emit,
  within: ({ rest }, stage) => withinArray(rest, stage),
});

function workOf(site: Site, machine: GemminiMachine): ScaledWork | undefined {
  const { step, types, program } = site;
  const [call, next] = step.stages;
  if (call?.operator !== linear.name) return undefined;
  const [operand, weights] = call.operands as [string, string];
  const constant = program.constants.get(weights);
  const x = types.get(operand)!;
  if (constant === undefined || x.dtype !== 'i8') return undefined;

  const [channels, depth] = constant.type.shape as [number, number];
  const [axis, rows] = [x.shape.length - 1, elements(x.shape) / depth];
  const biased = next?.operator === biasOperator.name && next.attributes['axis'] === axis;
  const bias = biased ? program.constants.get(next.operands[0]!) : undefined;
  const stages = bias?.data.length === channels ? 2 : 1;
  const biases = stages === 2 ? bias?.data : undefined;
  const ranges = rangesOf(constant, site.known().get(operand)!.range, biases);
  const scaling = channelScaling(site, stages, axis, ranges);
  if (scaling === undefined) return undefined;

  const { dim } = machine.gemmini;
  const turned = turnedWeights(constant, biases, padded(channels));
  const local = sizesOf(rows, channels, depth, turned.moreDepth, machine);
  if (local === undefined) return undefined;
  const { taken, runs, ...place } = placementOf(site, stages + 1, channels, dim);
  const { constants, names } = constantsOf(step.name, {
    weights: tensor({ dtype: 'i8', shape: [depth + turned.moreDepth, turned.stride] }, turned.rows),
    filling: packed(
      turned.factors.map((factor) => new Int8Array(line).fill(factor)),
      line,
    ),
    identity: packed(
      Array.from({ length: dim }, (_, row) => Array.from({ length: dim }, (_one, column) => Number(row === column))),
      dim,
    ),
    multipliers: tensor({ dtype: 'u32', shape: [channels] }, new Uint32Array(scaling.multipliers.buffer)),
    runs: tensor({ dtype: 'i32', shape: [runs.length] }, runs),
    ...tablesOf(scaling.brackets),
  });

  const behind = taken < step.stages.length ? pipeBehind(site, rows, taken, machine) : undefined;
  const tileBrackets = mostTogether(scaling.brackets, local.tile * dim);
  const columns = 2 * (local.tile * dim + tileBrackets) * aligned(local.chunk * dim) + line;
  const { scratch, own, results } = placesBehind(behind?.rest, elements(typeAfter(site, taken).shape), columns);
  const array = arrayCycles({ rows, channels, depth: depth + turned.moreDepth, brackets: scaling.brackets.length }, local, machine);
  return {
    ...{ scratch, columns: own, results },
    sizes: {
      ...{ rows, depth, channels, more_depth: turned.moreDepth, weight_stride: turned.stride, relu: Number(scaling.relu) },
      dim_bits: Math.log2(dim),
      ...{ bank: machine.gemmini.scratchpad.rows, sums: machine.gemmini.accumulator.rows, chunk: local.chunk, tile: local.tile },
      ...{ group: place.group, row_stride: place.rowStride, group_stride: place.groupStride, run: place.run },
      ...{ brackets: scaling.brackets.length, tile_brackets: tileBrackets },
    },
    ...{ step: step.name, operand, weights, bias: stages === 2 ? next!.operands[0]! : undefined, fields: names },
    constants: new Map([...constants, ...(behind?.constants ?? [])]),
    rest: behind?.rest,
    cycles: array + (behind ? (behind.rest.elements - rows * channels) * machine.cyclesPerElement : 0),
  };
}

/** The tables of brackets as their C structures lie in memory: 32-bit integers, and the bits of a float. */
function tablesOf(brackets: readonly Bracket[]): { readonly [field: string]: Tensor } {
  if (brackets.length === 0) return {};
  const bits = new Int32Array(Float32Array.from(brackets, ({ multiplier }) => multiplier).buffer);
  const described = brackets.flatMap(({ channel, sign, steps }, index) => [channel, bits[index]!, sign, steps.length]);
  const steps = brackets.flatMap((bracket) => bracket.steps.flatMap(({ result, threshold }) => [result, threshold]));
  return {
    brackets: tensor({ dtype: 'i32', shape: [brackets.length, 4] }, described),
    steps: tensor({ dtype: 'i32', shape: [steps.length / 2, 2] }, steps),
  };
}

function constantsOf(
  step: string,
  given: { readonly [field: string]: Tensor },
): { readonly constants: ReadonlyMap<string, Tensor>; readonly names: { readonly [field: string]: string } } {
  const named = Object.entries(given).map(([field, constant]) => [field, `${step} ${field} for the array`, constant] as const);
  return {
    constants: new Map(named.map(([, name, constant]) => [name, constant])),
    names: Object.fromEntries(named.map(([field, name]) => [field, name])),
  };
}

/** How many blocks of rows and of channels the local memories hold at a time; undefined where it is not one of each. */
function sizesOf(
  rows: number,
  channels: number,
  depth: number,
  moreDepth: number,
  { gemmini: { dim, scratchpad, accumulator } }: GemminiMachine,
): { readonly chunk: number; readonly tile: number } | undefined {
  const blocks = (size: number): number => Math.ceil(size / dim);
  const all = depth + moreDepth;
  const tile = Math.min(line / dim, blocks(channels));
  const [weights, x] = [tile * all, dim + 2 * blocks(depth) * dim];
  const place = (rowsOfBlock: number, taken = 0): number => Math.floor((scratchpad.rows - taken) / rowsOfBlock);
  const most = Math.min(place(all), place(tile * dim, weights), place(2 * tile * dim, x), accumulator.rows / dim);
  if (most < 1) return undefined;
  const chunks = Math.ceil(blocks(rows) / most);
  return { chunk: Math.ceil(blocks(rows) / chunks), tile };
}

/** The most brackets among so many channels from a multiple of that on. */
function mostTogether(brackets: readonly Bracket[], channels: number): number {
  const counts = new Map<number, number>();
  for (const { channel } of brackets) {
    const tile = Math.floor(channel / channels);
    counts.set(tile, (counts.get(tile) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

/** Cycles that the core needs for a row of sums and for a channel with two multipliers, and what a tile takes beside its products. */
const [rowOfSums, bracketed, perTile] = [45, 300, 1500];

/** The array multiplies, and turns x and results, while the core commands it: neither waits for the other for long. */
function arrayCycles(
  { rows, channels, depth, brackets }: { rows: number; channels: number; depth: number; brackets: number },
  { chunk, tile }: { chunk: number; tile: number },
  { gemmini: { dim } }: GemminiMachine,
): number {
  const blocks = (size: number): number => Math.ceil(size / dim);
  const chunks = Math.ceil(blocks(rows) / chunk);
  const products = dim * (blocks(rows) * blocks(channels) * (blocks(depth) + 1) + blocks(rows) * blocks(depth));
  const tiles = chunks * Math.ceil(blocks(channels) / tile);
  return products + chunks * (channels * rowOfSums + brackets * bracketed) + (tiles + 1) * perTile;
}

const operandTypes: { readonly [field: string]: string } = {
  brackets: 'const bw_gemmini_bracket *',
  steps: 'const bw_gemmini_step *',
};

function emit(work: ScaledWork, body: Body): Code {
  const { sizes, operand, weights, bias, columns, results, rest } = work;
  const [shape, operands] = [body.local('scaled'), body.local('operands')];
  const bytes = (offset: number): Code => `(int8_t *)${body.scratch(offset)}`;
  const result = results === undefined ? `(int8_t *)${body.pointer(work.step)}` : bytes(results);
  const derived = Object.entries(work.fields).map(([field, name]): [string, string] => {
    const type = operandTypes[field];
    return [field, `${type === undefined ? '' : `(${type})`}${body.pointer(name)}`];
  });
  const exact: [string, string][] = [
    ['channel_weights', body.pointer(weights)],
    ...(bias === undefined ? [] : [['bias', body.pointer(bias)] as [string, string]]),
  ];
  const described = fields(Object.entries(sizes).map(([name, value]) => [name, String(value)]));
  const given = fields([
    ['x', body.pointer(operand)],
    ...derived,
    ...(sizes['brackets'] === 0 ? [] : exact),
    ['columns', bytes(columns)],
    ['y', result],
  ]);
  return c`
    static const bw_gemmini_scaled ${shape} = ${described};
    const bw_gemmini_scaled_operands ${operands} = ${given};
    bw_gemmini_scale(&${shape}, &${operands});
    ${(rest?.segments ?? []).map((segment, index) => emitSegment(segment, rest!, body, index === 0 ? leadFrom(rest!, result, sizes['rows']! * sizes['channels']!) : undefined))}`;
}
