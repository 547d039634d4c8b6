import { elements, tensor } from '../../../numeric/tensor.ts';
import { digitMatmul } from '../../../operators/digits/digit-matmul.ts';
import { masks } from '../../../operators/digits/digits.ts';
import { requantise } from '../../../operators/ivit/quantise/requantise.ts';
import { rescale } from '../../../operators/ivit/quantise/rescale.ts';
import { knownOf } from '../../../program/known.ts';
import { type Code, c, fields } from '../../c.ts';
import { type Body, defineKernel, type Site, type Work } from '../../kernel.ts';
import { sourcesOf } from '../../portable.ts';
import { withinArray } from '../behind.ts';
import type { Contracted, Term } from '../contracted.ts';
import { recovers } from '../core/requantisation.ts';
import { fill } from '../digits.ts';
import { emitArrayWork } from '../emit.ts';
import { type GemminiMachine, halves } from '../machine.ts';
import { placementOf } from '../scaler/placement.ts';
import { arraySources } from '../sources.ts';
import { chooseTiling, type Job, type Tiling } from '../tiling.ts';
import { type ArrayWork, arrayWork } from '../work.ts';

/** Sizes and operands of a product whose left operand is in digits. */
interface Sizes {
  readonly a: string;
  readonly b: string;
  readonly groups: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  /** High digits are 128 less, as low ones are. */
  readonly both: boolean;
}

function sizesOf({ step, types }: Site): Sizes | undefined {
  const [call] = step.stages;
  if (call?.operator !== digitMatmul.name) return undefined;
  const [a, b] = call.operands as [string, string];
  const { shape } = types.get(a)!;
  const [rows, depth] = shape.slice(-2) as [number, number];
  const both = call.attributes['mask'] === masks.both;
  return { a, b, groups: elements(shape.slice(0, -2)), rows, depth, columns: types.get(b)!.shape.at(-1)!, both };
}

/** Of kernels/gemmini/digits.h: both digits, and the rounding of their sums. */
const requantising = 'bw_gemmini_digit_matmul_i8';

const sources: readonly string[] = [...arraySources, 'gemmini/digits.c', 'rocket/join_requantise.c'];

/** Half of what is added for digits that are 128 less than they should be: rows of this, times the right operand. */
const half = 64;
const halvesOf = ({ depth }: Sizes) => fill(half, depth);
const bytesOfSpread = ({ groups, depth, columns }: Sizes): number => (2 * groups * depth + 1) * columns;

/** Digits as they lie in memory times rows that are spread, and whatever the pipe says of the sums. */
export const digitProduct = defineKernel<GemminiMachine, ArrayWork>({
  name: 'gemmini-digit-matmul',

  *works(site, machine) {
    const sizes = sizesOf(site);
    if (sizes) yield arrayWork(site, contractedOf(site, sizes, machine), machine);
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...sources, ...sourcesOf(rest.segments)],
  emit: emitArrayWork,
  within: ({ rest }, stage) => withinArray(rest, stage),
});

function contractedOf(site: Site, sizes: Sizes, { gemmini: { dim } }: GemminiMachine): Contracted {
  const { a, b, groups, rows, depth, columns, both } = sizes;
  const vector = `${site.step.name} halves`;
  const left = { base: a, stride: 2 * depth, group: 2 * rows * depth };
  const term = (first: number): Term => ({
    left,
    right: { base: 0, offset: first * columns, stride: columns, group: 2 * depth * columns },
    depth: 2 * depth,
  });
  const right = { base: b, stride: columns, group: depth * columns };
  const correction: Term = { left: { base: vector, stride: 0 }, right, depth };
  const corrections = [correction, correction];
  return {
    rows,
    columns,
    products: [
      [term(0), ...(both ? corrections : [])],
      [term(1), ...corrections],
    ],
    preparations: [
      {
        function: 'bw_gemmini_begin_spread',
        begins: true,
        numbers: { count: groups * depth, columns, dim_bits: Math.log2(dim) },
        operand: b,
        results: [bytesOfSpread(sizes)],
      },
    ],
    constants: new Map([[vector, halvesOf(sizes)]]),
  };
}

interface RequantisedWork extends Work {
  readonly step: string;
  readonly a: string;
  readonly b: string;
  readonly m: string;
  readonly halves: string;
  readonly initial: string;
  /** Of kernels/gemmini/digits.h's bw_gemmini_digit_matmul, by its names. */
  readonly fields: { readonly [name: string]: number };
  /** Places in the scratch memory. */
  readonly places: { readonly spread: number; readonly corrections: number; readonly sums: number };
  readonly cycles: number;
}

/** The same where one multiplier brings all sums to int8 and each row then lies at a place of its own: one pass of the core for both digits. */
export const digitRequantised = defineKernel<GemminiMachine, RequantisedWork>({
  name: 'gemmini-digit-matmul-requantised',

  *works(site, machine) {
    const sizes = sizesOf(site);
    const rounding = site.apart ? undefined : roundingOf(site);
    const work = sizes && rounding && requantisedOf(site, sizes, rounding, machine);
    if (work) yield work;
  },

  cycles: ({ cycles }) => cycles,
  sources: () => sources,
  emit: emitRequantised,
  within: () => requantising,
});

interface Rounding {
  readonly m: string;
  /** The greatest |sum|. */
  readonly limit: number;
}

/** The one constant by which I-ViT requantises the sums to int8, where their float32 products with the scale give the sums themselves back. */
function roundingOf({ step, program, operators, known: proved }: Site): Rounding | undefined {
  const [call, next] = step.stages;
  if (call?.operator !== digitMatmul.name) return undefined;
  if (next?.operator !== requantise.name && next?.operator !== rescale.name) return undefined;
  const m = next.operands.at(-1)!;
  const multipliers = program.constants.get(m)?.data;
  const bytes = next.attributes['lo'] === -128 && next.attributes['hi'] === 127;
  if (!bytes || multipliers?.length !== 1) return undefined;
  const known = proved();
  const operands = call.operands.map((name) => known.get(name)!);
  const { range } = knownOf(operators.get(call.operator)!, call.attributes, operands);
  const limit = Math.max(-range.low, range.high);
  const scales = program.constants.get(next.operands[0]!)?.data;
  return next.operator === requantise.name || recovers(limit, multipliers, scales, 128) ? { m, limit } : undefined;
}

/**
 * What the sums of high and of low digits begin with, powers of two: then none is negative, and what is joined is below 2^31. A low sum is one of
 * products with 0..255, a high one the 256th part of what both differ in; undefined where they are too large.
 */
function beginnings(limit: number, depth: number): { readonly high: number; readonly low: number } | undefined {
  const ofLow = 255 * 128 * depth;
  const power = (least: number): number => 2 ** Math.ceil(Math.log2(least + 1));
  const [high, low] = [power((limit + ofLow) / 256), power(ofLow)];
  return 2 * (256 * high + low) < 2 ** 31 ? { high, low } : undefined;
}

/** Rows of sums that the core handles at a time: so many heights of the array. */
const heights = 4;
/** Of the core, for two sums that become one result. */
const cyclesPerResult = 14;
const alignment = 64;

/** One loop of the hardware for a chunk where it fits, for the core stands still before it can command a third: else the best one. */
function tilingOf(job: Job, declaration: GemminiMachine['gemmini']): Tiling {
  const { dim } = declaration;
  const { operands, sums } = halves(declaration);
  const best = chooseTiling(job, declaration);
  const [i, j, k] = [job.rows, job.columns, job.depth].map((size) => Math.ceil(size / dim)) as [number, number, number];
  return i * j <= sums && (i + j) * k <= operands ? { ...best, rows: i * dim, columns: j * dim, depth: k * dim } : best;
}

function requantisedOf(site: Site, sizes: Sizes, { m, limit }: Rounding, { gemmini }: GemminiMachine): RequantisedWork | undefined {
  const { step } = site;
  const { a, b, groups, rows, depth, columns, both } = sizes;
  const begin = beginnings(limit, depth);
  if (begin === undefined) return undefined;
  const placed = placementOf(site, 2, columns, gemmini.dim);
  const dense = placed.group === groups * rows;
  if (placed.taken < step.stages.length || placed.run !== columns || placed.runs[0] !== 0 || (placed.group !== rows && !dense))
    return undefined;
  const chunk = Math.min(rows, heights * gemmini.dim);
  const tiling = tilingOf({ rows: chunk, columns, depth: 2 * depth, biased: true }, gemmini);
  const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  const corrections = aligned(bytesOfSpread(sizes));
  const sums = corrections + aligned(2 * 4 * groups * columns);
  const [halves, initial] = [`${step.name} halves`, `${step.name} beginnings`];
  const chunks = groups * Math.ceil(rows / chunk);
  const array = 2 * tiling.cycles;
  const core = (cyclesPerResult * groups * rows * columns) / chunks;
  return {
    ...{ step: step.name, a, b, m, halves, initial },
    fields: {
      ...{ groups, rows, depth, columns, both: Number(both), more: 256 * begin.high + begin.low },
      ...{ group_stride: dense ? rows * placed.rowStride : placed.groupStride, row_stride: placed.rowStride, chunk },
      ...{ dim_bits: Math.log2(gemmini.dim), tile_rows: tiling.rows, tile_columns: tiling.columns, tile_depth: tiling.depth },
    },
    places: { spread: 0, corrections, sums },
    scratch: sums + 4 * 4 * chunk * columns,
    constants: new Map([
      [halves, halvesOf(sizes)],
      [
        initial,
        tensor(
          { dtype: 'i32', shape: [2, columns] },
          [begin.high, begin.low].flatMap((value) => new Array<number>(columns).fill(value)),
        ),
      ],
    ]),
    cycles: array + (chunks - 1) * Math.max(array, core) + core,
  };
}

function emitRequantised({ step, a, b, m, halves, initial, fields: sizes, places }: RequantisedWork, body: Body): Code {
  const [shape, at] = [body.local('product'), body.local('places')];
  const address = (type: string, offset: number): Code => `(${type} *)${body.scratch(offset)}`;
  const described = fields(Object.entries(sizes).map(([name, value]) => [name, String(value)]));
  const memory = fields([
    ['spread', address('int8_t', places.spread)],
    ['corrections', address('int32_t', places.corrections)],
    ['sums', address('int32_t', places.sums)],
  ]);
  return c`
    static const bw_gemmini_digit_matmul ${shape} = ${described};
    const bw_gemmini_digit_places ${at} = ${memory};
    ${requantising}(
      &${shape}, ${body.pointer(a)}, ${body.pointer(b)}, ${body.pointer(halves)}, ${body.pointer(initial)}, ${body.pointer(m)}, &${at}, ${body.pointer(step)}
    );`;
}
