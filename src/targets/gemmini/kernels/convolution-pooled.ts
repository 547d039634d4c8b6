import { type NumberArray, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { maxPool } from '../../../operators/max-pool/max-pool.ts';
import type { ClampAttributes } from '../../../operators/requantise/channels.ts';
import { dyadic } from '../../../operators/requantise/dyadic.ts';
import type { Call } from '../../../program/program.ts';
import { type Code, c, fields } from '../../c.ts';
import { type Body, defineKernel, type Site, type Work } from '../../kernel.ts';
import { emitSegment, type Portable } from '../../portable.ts';
import { aligned, leadFrom, placesBehind, withinArray } from '../behind.ts';
import { bitsOf, blocksOf, byteRoundingOf } from '../byte-rounding.ts';
import { sourcesBehind } from '../bytes.ts';
import type { Preparation } from '../contracted.ts';
import { knownStages } from '../core/fusion.ts';
import { fill, packed } from '../digits.ts';
import { emitPreparations } from '../emit.ts';
import { type Image, imageOf } from '../image.ts';
import type { GemminiMachine } from '../machine.ts';
import { biasOf, less, type Rows, roundings, rowsNeeded } from '../rounded-image.ts';
import { rangesOf } from '../scaler/channels.ts';
import { type Offsets, sharedOffsetsOf } from '../scaler/offsets.ts';
import { roundingOf } from '../scaler/rounding.ts';
import { thresholdsOf } from '../scaler/thresholds.ts';
import { arraySources } from '../sources.ts';
import { pipeBehind, typeAfter } from '../sums.ts';

interface PooledWork extends Work {
  readonly step: string;
  /** Of kernels/gemmini/pooled.h's bw_gemmini_pooled, by its names. */
  readonly sizes: { readonly [name: string]: number };
  /** Constants by the fields that have them. */
  readonly fields: { readonly [field: string]: string };
  readonly base: Image['base'];
  readonly preparations: readonly Preparation[];
  /** Offsets in the scratch memory. */
  readonly prepared: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly whole: number;
  readonly results: number | undefined;
  readonly count: number;
  readonly rest: Portable | undefined;
  readonly cycles: number;
}

/**
 * A convolution, a rounding to 8 bits with one multiplier, and the greatest of windows, which the array finds as it reads the accumulator out: each
 * position has a row there. Two read-outs have the right bytes between them, as those of a convolution alone; the greatest of what is less is less.
 * The array then turns them, and rounds once more where a rounding of bytes follows: kernels/gemmini/pooled.h.
 */
export const convolutionPooled = defineKernel<GemminiMachine, PooledWork>({
  name: 'gemmini-convolution-pooled',

  *works(site, machine) {
    const work = site.apart ? undefined : workOf(site, machine);
    if (work) yield work;
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...arraySources, 'gemmini/pooled.c', ...(rest ? sourcesBehind(rest.segments) : [])],
  emit,
  within: ({ rest }, stage) => withinArray(rest, stage),
});

/** Windows of as many rows as columns, all inside. */
interface Pool {
  readonly size: number;
  readonly step: number;
}

/** What the fields of a pooling store hold. */
const most = { size: 3, step: 3, positions: 255 };

function poolOf({ operator, attributes }: Call): Pool | undefined {
  if (operator !== maxPool.name) return undefined;
  const { kernel, stride, padding, ceil } = attributes as unknown as Record<'kernel' | 'stride' | 'padding', number[]> & { ceil: boolean };
  const [size, step] = [kernel[0]!, stride[0]!];
  const square = kernel.every((each) => each === size) && stride.every((each) => each === step);
  const fits = size > 1 && size <= most.size && step <= most.step;
  return square && fits && !ceil && padding.every((each) => each === 0) ? { size, step } : undefined;
}

/** Whether a call keeps the order of its elements: the greatest is the same before and behind it. */
const keepsOrder = ({ operator, operands }: Call, { program }: Site): boolean => {
  const multiplier = operator === dyadic.name ? program.constants.get(operands[0]!)?.data : undefined;
  return multiplier?.length === 1 && multiplier[0]! > 0;
};

/** The step with the greatest of windows right behind the first calls, and how many calls are then in their own place again. */
function pooledBehind(site: Site, taken: number): { readonly pooled: Site; readonly pool: Pool; readonly moved: number } | undefined {
  const { stages } = site.step;
  const others = stages.slice(taken);
  const at = others.findIndex((call) => !keepsOrder(call, site));
  const pool = at < 0 ? undefined : poolOf(others[at]!);
  if (!pool) return undefined;
  const moved = [...stages.slice(0, taken), others[at]!, ...others.slice(0, at), ...others.slice(at + 1)];
  return { pool, pooled: { ...site, step: { ...site.step, stages: moved } }, moved: taken + at + 1 };
}

/** One multiplier for all sums, as a number of steps of the result. */
function multiplierOf({ operator, operands }: Call, { program }: Site): number | undefined {
  const [m, , e] = operands.map((name) => program.constants.get(name)?.data);
  if (!m || new Set(m).size !== 1 || !(m[0]! > 0)) return undefined;
  if (operator !== dyadic.name) return m[0]!;
  return e && new Set(e).size === 1 ? m[0]! / 2 ** e[0]! : undefined;
}

function workOf(given: Site, machine: GemminiMachine): PooledWork | undefined {
  const { dim, scratchpad } = machine.gemmini;
  const image = imageOf(given, dim);
  const needed = image?.images === 1 ? rowsNeeded(image, dim) : undefined;
  const bias = image && biasOf(given, image.outputs);
  const taken = bias ? 3 : 2;
  const call = given.step.stages[taken - 1];
  const operandsOf = roundings.get(call?.operator ?? '');
  const found = image && needed && operandsOf ? pooledBehind(given, taken) : undefined;
  const multiplier = found && multiplierOf(call!, given);
  if (!found || !multiplier || !image || !needed) return undefined;
  const { pooled: site, pool } = found;
  const [rows, columns] = typeAfter(site, 1).shape.slice(2) as [number, number];
  const tile = columns === undefined ? undefined : tileOf(rows, columns, pool, image, needed, machine);
  const offsets = tile && readOuts(image, bias, site, call!, multiplier);
  if (!tile || !offsets) return undefined;

  const { outputs } = image;
  const { lo, hi } = call!.attributes as unknown as ClampAttributes;
  const lacking = hi > 127 ? 128 : 0;
  const last = lastOf(site, taken + 1, lacking, dim);
  if (last.taken < found.moved) return undefined;
  const windows = windowsOf(rows, pool) * windowsOf(columns, pool);
  const behind = site.step.stages.length > last.taken ? pipeBehind(site, outputs, last.taken, machine) : undefined;
  const bytes = aligned(tile.windows * dim);
  const prepared: number[] = [];
  let preparing = 0;
  for (const size of image.preparations.flatMap(({ results }) => results)) {
    prepared.push(preparing);
    preparing += aligned(size);
  }
  const needs = preparing + 2 * bytes + aligned(4 * tile.positions * dim);
  const { scratch, own, results } = placesBehind(behind?.rest, outputs * windows, needs);
  const { constants, names } = constantsOf(site.step.name, image, bias, offsets, needed, last.blocks, dim);
  const shared = roundingOf(call!, site.program, site.operators)!.channels === 1;
  return {
    ...{ scratch, results, step: site.step.name, base: image.base, preparations: image.preparations, rest: behind?.rest },
    sizes: {
      ...{ outputs, rows, columns, pool: pool.size, pool_step: pool.step },
      ...{ depth: needed.depth, step: needed.step, image_rows: needed.rows, taps: image.taps.length, plane: image.plane, tile: tile.rows },
      ...{ scale: bitsOf(offsets.multipliers[0]!), relu: Number(lacking === 0 && lo === 0), lacking, lo, hi, own: shared ? 0 : 1 },
      ...{ last_scale: last.scale, last_relu: last.relu, last_lacking: last.lacking, dim_bits: Math.log2(dim), bank: scratchpad.rows },
    },
    fields: { ...names, ...Object.fromEntries(operandsOf!.map((field, index) => [field, call!.operands[index]!])) },
    prepared: prepared.map((offset) => own + offset),
    low: own + preparing,
    high: own + preparing + bytes,
    whole: own + preparing + 2 * bytes,
    count: outputs * windows,
    constants: new Map([...constants, ...(behind?.constants ?? [])]),
    cycles:
      cyclesOf(image, needed, offsets, { ...tile, all: windows, tiles: Math.ceil(windowsOf(rows, pool) / tile.rows) }, pool, machine) +
      (behind ? (behind.rest.elements - outputs * windows) * machine.cyclesPerElement : 0),
  };
}

const windowsOf = (size: number, pool: Pool): number => Math.max(0, Math.floor((size - pool.size) / pool.step) + 1);

/** Rows of windows at a time, with all that belongs to them. */
interface Tile {
  readonly rows: number;
  readonly windows: number;
  readonly positions: number;
}

/** As many rows of windows as the local memories and the fields of a pooling store hold; undefined where that is none. */
function tileOf(
  rows: number,
  columns: number,
  pool: Pool,
  image: Image,
  needed: Rows,
  { gemmini: { dim, scratchpad, accumulator } }: GemminiMachine,
): Tile | undefined {
  const blocks = image.taps.length * Math.ceil(needed.depth / dim);
  const [down, across] = [windowsOf(rows, pool), windowsOf(columns, pool)];
  const others = scratchpad.rows - (blocks + 5) * dim;
  const operands = Math.floor((3 * scratchpad.rows) / (blocks * dim)) * dim;
  const sums = accumulator.banks * accumulator.rows;
  if (scratchpad.banks < 4 || columns > most.positions || down < 1 || across < 1) return undefined;
  for (let tile = down; tile > 0; tile--) {
    const high = (tile - 1) * pool.step + pool.size;
    const positions = high * columns;
    const windows = tile * across;
    const fits = positions <= Math.min(operands, sums) && Math.ceil(windows / dim) * dim <= Math.min(others, sums);
    if (fits && high <= most.positions) return { rows: tile, windows, positions };
  }
  return undefined;
}

function readOuts(
  { weights, operand, outputs }: Image,
  bias: NumberArray | undefined,
  site: Site,
  call: Call,
  multiplier: number,
): Offsets | undefined {
  const rounding = roundingOf(call, site.program, site.operators);
  if (rounding?.axis !== 1 || (rounding.channels !== 1 && rounding.channels !== outputs)) return undefined;
  const lacking = rounding.dtype === 'u8' && (call.attributes['hi'] as number) > 127 ? 128 : 0;
  const { low, high } = rangesOf(weights, site.known().get(operand)!.range, bias);
  const thresholds = thresholdsOf(less(rounding, lacking), low, high);
  return thresholds && sharedOffsetsOf(thresholds, lacking === 0 && rounding.lo === 0, multiplier);
}

/** How what is turned leaves the accumulator. */
interface Last {
  /** Calls of the step that are done then. */
  readonly taken: number;
  readonly blocks: Tensor;
  readonly scale: number;
  readonly relu: number;
  readonly lacking: number;
}

/** A rounding of bytes right behind the windows, where one read-out is right; else the bytes as they are. */
function lastOf(site: Site, taken: number, lacking: number, dim: number): Last {
  const call = site.step.stages[taken];
  const values = site.known();
  const rounding =
    call && byteRoundingOf(call, [knownStages(site)[taken - 1]!, ...call.operands.map((name) => values.get(name)!)], site.operators);
  const blocks =
    rounding?.multiples.length === 1 && rounding.more === 0 ? blocksOf(rounding.multiples, [rounding.first], dim, true) : undefined;
  if (blocks)
    return { taken: taken + 1, blocks, scale: bitsOf(rounding!.multiplier), relu: Number(rounding!.relu), lacking: rounding!.lacking };
  return { taken, blocks: blocksOf([1], [0], dim, true)!, scale: bitsOf(1), relu: 0, lacking };
}

/** What the array is given beside the image, by the fields of kernels/gemmini/pooled.h's bw_gemmini_pooled_operands. */
function constantsOf(
  step: string,
  { weights, taps, offset, outputs, depth, groups, kernel: [height, width] }: Image,
  bias: NumberArray | undefined,
  { first, more }: Offsets,
  { depth: needed }: Rows,
  blocks: Tensor,
  dim: number,
): { readonly constants: ReadonlyMap<string, Tensor>; readonly names: { readonly [field: string]: string } } {
  const steps = Math.ceil(needed / dim) * dim;
  const across = Math.ceil(outputs / dim);
  const rows = Array.from({ length: across * height * steps }, () => new Int8Array(dim));
  const sums = new Int32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const block = Math.floor(output / dim);
    const begin = groups === 1 ? 0 : (output % dim) * width;
    for (let channel = 0; channel < depth; channel++)
      for (let u = 0; u < height; u++)
        for (let v = 0; v < width; v++) {
          const weight = weights.data[((output * depth + channel) * height + u) * width + v]!;
          rows[(block * height + u) * steps + begin + channel * width + v]![output % dim] = weight;
          sums[output]! += weight;
        }
  }
  const whole = (dtype: 'i8' | 'i32', value: (output: number) => number): Tensor =>
    tensor(
      { dtype, shape: [across * dim] },
      Array.from({ length: across * dim }, (_, output) => (output < outputs ? value(output) : 0)),
    );
  const given: { readonly [field: string]: Tensor } = {
    places: tensor({ dtype: 'i32', shape: [taps.length] }, taps),
    weights: packed(rows, dim),
    ones: fill(1, dim),
    initial: whole('i32', (output) => first[output]! + offset * sums[output]! + (bias?.[output] ?? 0)),
    more: whole('i8', (output) => more[output]!),
    less: whole('i32', (output) => first[output]! + more[output]!),
    blocks,
  };
  const names = Object.fromEntries(Object.keys(given).map((field) => [field, `${step} ${field} for the array`]));
  return { constants: new Map(Object.entries(given).map(([field, value]) => [names[field]!, value])), names };
}

/** Cycles of the core for a byte that it compares, and one that it rounds again; and for a block of outputs. */
const [compared, repaired, perBlock] = [1.5, 150, 1800];

/** The array loads, multiplies and reads out, the core compares, and the array turns. */
function cyclesOf(
  { outputs, taps, preparations }: Image,
  rows: Rows,
  { differing }: Offsets,
  { positions, windows, all, tiles }: Tile & { readonly all: number; readonly tiles: number },
  pool: Pool,
  machine: GemminiMachine,
): number {
  const { dim, timing } = machine.gemmini;
  const blocks = (size: number): number => Math.ceil(size / dim);
  const across = blocks(outputs);
  const steps = taps.length * blocks(rows.depth);
  const loads = steps * dim * blocks(positions) * 1.5 * (rows.step > 0 ? across : 1);
  const products = (steps + 3) * dim * blocks(positions) * across;
  const stores = across * (2 * windows * pool.size ** 2 * timing.pooled + blocks(positions) * dim * timing.block.full);
  const turned = across * blocks(windows) * dim * 6;
  const settled = outputs * all * (compared + repaired * Math.min(1, differing));
  const prepared = preparations.reduce(
    (sum, { results, cyclesPerByte = machine.cyclesPerByte }) => sum + cyclesPerByte * results.reduce((total, size) => total + size, 0),
    0,
  );
  return prepared + tiles * (loads + products + stores + turned + across * perBlock) + settled;
}

function emit(work: PooledWork, body: Body): Code {
  const { sizes, base, prepared, low, high, whole, results, rest, count } = work;
  const [shape, operands] = [body.local('pooled'), body.local('operands')];
  const bytes = (offset: number): Code => `(int8_t *)${body.scratch(offset)}`;
  const result = results === undefined ? body.pointer(work.step) : bytes(results);
  const image = typeof base === 'string' ? body.pointer(base) : bytes(prepared[base]!);
  const described = fields(Object.entries(sizes).map(([name, value]) => [name, String(value)]));
  const given = fields([
    ['image', image],
    ...Object.entries(work.fields).map(([field, name]): [string, string] => [field, body.pointer(name)]),
    ['low', bytes(low)],
    ['high', bytes(high)],
    ['whole', `(int32_t *)${body.scratch(whole)}`],
    ['y', result],
  ]);
  return c`
    ${emitPreparations(work, body)}
    static const bw_gemmini_pooled ${shape} = ${described};
    const bw_gemmini_pooled_operands ${operands} = ${given};
    bw_gemmini_round_pooled(&${shape}, &${operands});
    ${(rest?.segments ?? []).map((segment, index) => emitSegment(segment, rest!, body, index === 0 ? leadFrom(rest!, result, count) : undefined))}`;
}
