import { elements, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { type Code, c, fields } from '../../c.ts';
import { type Body, defineKernel, type Site, type Work } from '../../kernel.ts';
import { emitSegment, type Lead, type Portable, sourcesOf } from '../../portable.ts';
import { packed, padded } from '../digits.ts';
import type { GemminiMachine } from '../machine.ts';
import { rangesOf, turnedWeights } from '../scaler/channels.ts';
import { type Bracket, multipliersOf } from '../scaler/multipliers.ts';
import { placementOf } from '../scaler/placement.ts';
import { roundingOf } from '../scaler/rounding.ts';
import { thresholdsOf } from '../scaler/thresholds.ts';
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

/** Bytes of a row of a transfer, and of a line of the cache. */
const line = 64;

/** Rows times constant weights, a bias, and a rounding to 8 bits, which the accumulator does as it is read out: kernels/gemmini/scaled.h. */
export const linearScaled = defineKernel<GemminiMachine, ScaledWork>({
  name: 'gemmini-linear-scaled',

  *works(site, machine) {
    const work = workOf(site, machine);
    if (work) yield work;
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => ['gemmini/scaled.c', ...(rest ? sourcesOf(rest.segments) : [])],
  emit,
});

function workOf(site: Site, machine: GemminiMachine): ScaledWork | undefined {
  const { step, types, program, operators } = site;
  const [call, next] = step.stages;
  if (call?.operator !== 'linear') return undefined;
  const [operand, weights] = call.operands as [string, string];
  const constant = program.constants.get(weights);
  const x = types.get(operand)!;
  if (constant === undefined || x.dtype !== 'i8') return undefined;

  const [channels, depth] = constant.type.shape as [number, number];
  const [axis, rows] = [x.shape.length - 1, elements(x.shape) / depth];
  const biased = next?.operator === 'bias' && next.attributes['axis'] === axis;
  const bias = biased ? program.constants.get(next.operands[0]!) : undefined;
  const stages = bias?.data.length === channels ? 2 : 1;
  const last = step.stages[stages];
  const rounding = last && roundingOf(last, program, operators);
  if (rounding === undefined || rounding.axis !== axis || rounding.channels !== channels) return undefined;

  const biases = stages === 2 ? bias?.data : undefined;
  const { low, high } = rangesOf(constant, site.known().get(operand)!.range, biases);
  const thresholds = thresholdsOf(rounding, low, high);
  const scaling = thresholds && multipliersOf(thresholds, rounding.lo === 0);
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
    multipliers: tensor({ dtype: 'f32', shape: [channels] }, scaling.multipliers),
    runs: tensor({ dtype: 'i32', shape: [runs.length] }, runs),
    ...tablesOf(scaling.brackets),
  });

  const behind = taken < step.stages.length ? pipeBehind(site, rows, taken) : undefined;
  const memory = memoryOf(behind?.rest, elements(typeAfter(site, taken).shape), 2 * (channels + scaling.brackets.length) * line);
  const array = arrayCycles({ rows, channels, depth: depth + turned.moreDepth, brackets: scaling.brackets.length }, local, machine);
  return {
    ...memory,
    sizes: {
      ...{ rows, depth, channels, more_depth: turned.moreDepth, weight_stride: turned.stride, relu: Number(rounding.lo === 0), dim },
      ...{ bank: machine.gemmini.scratchpad.rows, sums: machine.gemmini.accumulator.rows, chunk: local.chunk, tile: local.tile },
      ...{ group: place.group, row_stride: place.rowStride, group_stride: place.groupStride, run: place.run },
      brackets: scaling.brackets.length,
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
  const most = Math.max(1, line / dim);
  const all = depth + moreDepth;
  const chunk = Math.min(most, blocks(rows), Math.floor(scratchpad.rows / all), accumulator.rows / dim);
  for (let tile = Math.min(most, blocks(channels)); tile > 0; tile--) {
    const outputs = dim + 2 * blocks(depth) * dim + 2 * chunk * tile * dim;
    if (chunk > 0 && tile * all + chunk * tile * dim <= scratchpad.rows && outputs <= scratchpad.rows) return { chunk, tile };
  }
  return undefined;
}

/** What is written behind the rest's own scratch memory. */
function memoryOf(
  rest: Portable | undefined,
  results: number,
  columns: number,
): { readonly scratch: number; readonly columns: number; readonly results: number | undefined } {
  const aligned = (bytes: number): number => Math.ceil(bytes / line) * line;
  const own = aligned(rest?.scratch ?? 0);
  const behind = own + aligned(columns) + line;
  if (rest === undefined) return { scratch: behind, columns: own, results: undefined };
  const [first] = rest.segments;
  const { value } = first!.calls[0]!.result;
  if (first!.parts === 1) return { scratch: behind, columns: own, results: rest.places.get(String(value)) };
  return { scratch: behind + aligned(results), columns: own, results: behind };
}

/** Cycles from a store of a row to the next one, and of a fence with what leads up to it. */
const [rowStore, fence] = [14, 400];

/** The array multiplies, and turns x and results; rows of sums leave one by one, results come back and leave again. */
function arrayCycles(
  { rows, channels, depth, brackets }: { rows: number; channels: number; depth: number; brackets: number },
  { chunk }: { chunk: number },
  { gemmini: { dim, timing } }: GemminiMachine,
): number {
  const blocks = (size: number): number => Math.ceil(size / dim);
  const chunks = Math.ceil(blocks(rows) / chunk);
  const products = dim * (blocks(rows) * blocks(channels) * (blocks(depth) + 1) + blocks(rows) * blocks(depth));
  const stores = chunks * (channels + brackets) * rowStore + (1.75 * rows * channels) / timing.busBytes;
  const loads = (depth * (chunks * channels + rows) + rows * channels) / timing.busBytes;
  return Math.max(products, stores, loads) + (chunks + 1) * fence;
}

const operandTypes: { readonly [field: string]: string } = {
  brackets: 'const bw_gemmini_bracket *',
  steps: 'const bw_gemmini_step *',
};

function emit(work: ScaledWork, body: Body): Code {
  const { sizes, operand, weights, bias, columns, results, rest } = work;
  const [shape, operands] = [body.local('scaled'), body.local('operands')];
  const bytes = (offset: number): Code => `(int8_t *)${body.scratch(offset)}`;
  const result = rest === undefined ? `(int8_t *)${body.pointer(work.step)}` : bytes(results!);
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
    ${(rest?.segments ?? []).map((segment, index) => emitSegment(segment, rest!.places, body, index === 0 ? leadOf(segment.parts, work) : undefined))}`;

  /** The first segment finds its parts one behind the other. */
  function leadOf(parts: number, { sizes: { rows, channels } }: ScaledWork): Lead | undefined {
    if (parts === 1) return undefined;
    return {
      made: new Map([[0, `${result} + part * ${(rows! * channels!) / parts}`]]),
      loop: (count, statements) => c`
        for (int32_t part = 0; part < ${count}; part++) {
          ${statements}
        }`,
    };
  }
}
