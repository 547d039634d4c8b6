import { type NumberArray, type Tensor, tensor } from '../../../numeric/tensor.ts';
import type { ClampAttributes } from '../../../operators/requantise/channels.ts';
import { type Code, c, fields } from '../../c.ts';
import { type Body, defineKernel, type Site, type Work } from '../../kernel.ts';
import { emitSegment, type Portable } from '../../portable.ts';
import { aligned, leadFrom, line, placesBehind, withinArray } from '../behind.ts';
import { sourcesBehind } from '../bytes.ts';
import type { Preparation } from '../contracted.ts';
import { fill, packed } from '../digits.ts';
import { emitPreparations } from '../emit.ts';
import { type Image, imageOf } from '../image.ts';
import type { GemminiMachine } from '../machine.ts';
import { biasOf, less, type Rows, roundings, rowsNeeded } from '../rounded-image.ts';
import { rangesOf } from '../scaler/channels.ts';
import { multipliersOf } from '../scaler/multipliers.ts';
import { type Offsets, offsetsOf } from '../scaler/offsets.ts';
import { type Rounding, roundingOf } from '../scaler/rounding.ts';
import { thresholdsOf } from '../scaler/thresholds.ts';
import { arraySources } from '../sources.ts';
import { pipeBehind } from '../sums.ts';

interface BetweenWork extends Work {
  readonly step: string;
  /** Of kernels/gemmini/between.h's bw_gemmini_between, by its names. */
  readonly sizes: { readonly [name: string]: number };
  /** Constants by the fields that have them. */
  readonly fields: { readonly [field: string]: string };
  readonly base: Image['base'];
  readonly preparations: readonly Preparation[];
  /** Offsets in the scratch memory. */
  readonly prepared: readonly number[];
  readonly other: number;
  readonly whole: number;
  readonly results: number | undefined;
  readonly rest: Portable | undefined;
  readonly cycles: number;
}

/**
 * A convolution and a rounding to 8 bits. One that adds a fraction of a sum, as a bias and a BatchNorm leave it, has no multiplier, but two read-outs
 * of the accumulator, one sum or a few apart, have the result between them. The core compares both, eight bytes at a time, and rounds where they
 * differ: kernels/gemmini/between.h. Where both are the same for all channels, one is enough.
 */
export const convolutionBetween = defineKernel<GemminiMachine, BetweenWork>({
  name: 'gemmini-convolution-between',

  *works(site, machine) {
    const work = site.apart ? undefined : workOf(site, machine);
    if (work) yield work;
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...arraySources, 'gemmini/between.c', ...(rest ? sourcesBehind(rest.segments) : [])],
  emit,
  within: ({ rest }, stage) => withinArray(rest, stage),
});

function workOf(site: Site, machine: GemminiMachine): BetweenWork | undefined {
  const { step, program, operators } = site;
  const { dim, scratchpad, accumulator } = machine.gemmini;
  const image = imageOf(site, dim);
  const needed = image?.images === 1 ? rowsNeeded(image, dim) : undefined;
  const bias = image && biasOf(site, image.outputs);
  const taken = bias ? 3 : 2;
  const call = step.stages[taken - 1];
  const operandsOf = roundings.get(call?.operator ?? '');
  const rounding = operandsOf && roundingOf(call!, program, operators);
  if (!image || !call || !needed || !operandsOf || rounding?.axis !== 1) return undefined;
  const { outputs, columns } = image;
  const steps = Math.ceil(needed.depth / dim);
  const stride = image.taps.length * steps * dim;
  const tile = tileOf(columns, Math.floor((3 * scratchpad.rows) / stride) * dim, accumulator.banks * accumulator.rows);
  if (stride + 2 * dim > scratchpad.rows || tile === undefined) return undefined;

  const { lo, hi } = call.attributes as unknown as ClampAttributes;
  const lacking = hi > 127 ? 128 : 0;
  const relu = lacking === 0 && lo === 0;
  const offsets = readOuts(image, bias, site, less(rounding, lacking), relu);
  if (offsets === undefined) return undefined;

  const behind = step.stages.length > taken ? pipeBehind(site, outputs, taken, machine) : undefined;
  const once = offsets.more.every((more) => more === 0) ? 1 : 0;
  const needs = [dim * columns, 4 * dim * Math.ceil(tile / dim) * dim].map(aligned) as [number, number];
  const prepared: number[] = [];
  let preparing = 0;
  for (const size of image.preparations.flatMap(({ results }) => results)) {
    prepared.push(preparing);
    preparing += aligned(size);
  }
  const { scratch, own, results } = placesBehind(behind?.rest, outputs * columns, preparing + needs[0] + needs[1]);
  const { constants, names } = constantsOf(step.name, image, bias, offsets, needed, dim);
  return {
    ...{ scratch, results, step: step.name, base: image.base, preparations: image.preparations, rest: behind?.rest },
    sizes: {
      ...{ outputs, columns, ...needed, taps: image.taps.length, plane: image.plane, weight_stride: stride, tile },
      ...{
        relu: Number(relu),
        lacking,
        lo,
        hi,
        once,
        own: rounding.channels === 1 ? 0 : 1,
        dim_bits: Math.log2(dim),
        bank: scratchpad.rows,
      },
    },
    fields: { ...names, ...Object.fromEntries(operandsOf.map((field, index) => [field, call.operands[index]!])) },
    prepared: prepared.map((offset) => own + offset),
    other: own + preparing,
    whole: own + preparing + needs[0],
    constants: new Map([...constants, ...(behind?.constants ?? [])]),
    cycles:
      cyclesOf(image, needed, offsets, tile, machine) +
      (behind ? (behind.rest.elements - outputs * columns) * machine.cyclesPerElement : 0),
  };
}

/** Columns at a time: all, or as many lines as fit, where rows of the result begin with words; undefined where that is none. */
function tileOf(columns: number, operands: number, sums: number): number | undefined {
  const most = Math.min(operands, sums);
  if (columns <= most) return columns;
  const lines = Math.floor(most / line) * line;
  return lines > 0 && columns % 8 === 0 ? lines : undefined;
}

function readOuts(
  { weights, operand, outputs }: Image,
  bias: NumberArray | undefined,
  site: Site,
  rounding: Rounding,
  relu: boolean,
): Offsets | undefined {
  if (rounding.channels !== 1 && rounding.channels !== outputs) return undefined;
  const { low, high } = rangesOf(weights, site.known().get(operand)!.range, bias);
  const thresholds = thresholdsOf(rounding, low, high);
  const single = thresholds && multipliersOf(thresholds, relu);
  if (single?.brackets.length === 0) return { ...withoutOffsets(outputs), multipliers: single.multipliers };
  return thresholds && offsetsOf(thresholds, relu);
}

/** Sums are read out once, as they are. */
const withoutOffsets = (channels: number): Omit<Offsets, 'multipliers'> => ({
  first: new Int32Array(channels),
  more: new Int8Array(channels),
  differing: 0,
});

/** What the array is given beside the image, by the fields of kernels/gemmini/between.h's bw_gemmini_between_operands. */
function constantsOf(
  step: string,
  { weights, taps, offset, outputs, depth, groups, kernel: [height, width] }: Image,
  bias: NumberArray | undefined,
  { multipliers, first, more }: Offsets,
  { depth: needed }: Rows,
  dim: number,
): { readonly constants: ReadonlyMap<string, Tensor>; readonly names: { readonly [field: string]: string } } {
  const whole = Math.ceil(needed / dim) * dim;
  const rows = Array.from({ length: outputs }, (_, output) => {
    const row = new Int8Array(height * whole);
    const begin = groups === 1 ? 0 : (output % dim) * width;
    for (let channel = 0; channel < depth; channel++)
      for (let u = 0; u < height; u++)
        for (let v = 0; v < width; v++)
          row[u * whole + begin + channel * width + v] = weights.data[((output * depth + channel) * height + u) * width + v]!;
    return row;
  });
  const sums = rows.map((row) => row.reduce((sum, weight) => sum + weight, 0));
  const given: { readonly [field: string]: Tensor } = {
    places: tensor({ dtype: 'i32', shape: [taps.length] }, taps),
    weights: packed(rows, height * whole),
    ones: fill(1, dim),
    initial: tensor(
      { dtype: 'i32', shape: [outputs, dim] },
      Array.from({ length: outputs * dim }, (_, index) => {
        const output = Math.floor(index / dim);
        return first[output]! + offset * sums[output]! + (bias?.[output] ?? 0);
      }),
    ),
    more: tensor({ dtype: 'i8', shape: [outputs] }, more),
    less: tensor(
      { dtype: 'i32', shape: [outputs] },
      Array.from(first, (value, output) => value + more[output]!),
    ),
    multipliers: tensor({ dtype: 'u32', shape: [outputs] }, new Uint32Array(multipliers.buffer)),
  };
  const names = Object.fromEntries(Object.keys(given).map((field) => [field, `${step} ${field} for the array`]));
  return { constants: new Map(Object.entries(given).map(([field, value]) => [names[field]!, value])), names };
}

/** Cycles of the core for two bytes that it compares, for a result that it rounds again, and for a block of outputs. */
const [compared, repaired, perBlock] = [2.5, 90, 1500];

/** The array loads, multiplies and reads out, and then the core compares. */
function cyclesOf(
  { columns, outputs, taps, preparations }: Image,
  rows: Rows,
  { differing }: Offsets,
  tile: number,
  machine: GemminiMachine,
): number {
  const { dim, timing } = machine.gemmini;
  const blocks = (size: number): number => Math.ceil(size / dim);
  const [tiles, across] = [Math.ceil(columns / tile), blocks(outputs)];
  const steps = taps.length * blocks(rows.depth);
  const loads = steps * dim * blocks(columns) * 1.5 * (rows.step > 0 ? across : 1);
  const products = (steps + 1) * dim * blocks(columns) * across;
  const stores = outputs * Math.ceil(columns / line) * 2 * 10 + blocks(columns) * across * dim * 2 * timing.block.full;
  const settled = outputs * columns * (compared + repaired * Math.min(1, differing));
  const prepared = preparations.reduce(
    (sum, { results, cyclesPerByte = machine.cyclesPerByte }) => sum + cyclesPerByte * results.reduce((all, size) => all + size, 0),
    0,
  );
  return prepared + loads + products + stores + settled + tiles * across * perBlock;
}

function emit(work: BetweenWork, body: Body): Code {
  const { sizes, base, prepared, other, whole, results, rest } = work;
  const [shape, operands] = [body.local('between'), body.local('operands')];
  const bytes = (offset: number): Code => `(int8_t *)${body.scratch(offset)}`;
  const result = results === undefined ? body.pointer(work.step) : bytes(results);
  const image = typeof base === 'string' ? body.pointer(base) : bytes(prepared[base]!);
  const described = fields(Object.entries(sizes).map(([name, value]) => [name, String(value)]));
  const given = fields([
    ['image', image],
    ...Object.entries(work.fields).map(([field, name]): [string, string] => [field, body.pointer(name)]),
    ['other', bytes(other)],
    ['whole', `(int32_t *)${body.scratch(whole)}`],
    ['y', result],
  ]);
  const count = sizes['outputs']! * sizes['columns']!;
  return c`
    ${emitPreparations(work, body)}
    static const bw_gemmini_between ${shape} = ${described};
    const bw_gemmini_between_operands ${operands} = ${given};
    bw_gemmini_round_between(&${shape}, &${operands});
    ${(rest?.segments ?? []).map((segment, index) => emitSegment(segment, rest!, body, index === 0 ? leadFrom(rest!, result, count) : undefined))}`;
}
