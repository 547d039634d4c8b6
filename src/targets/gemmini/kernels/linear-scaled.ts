import { elements, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { linear } from '../../../operators/linear/linear.ts';
import { bias as biasOperator } from '../../../operators/requantise/float32.ts';
import type { Site } from '../../kernel.ts';
import { aligned, line } from '../behind.ts';
import { packed, padded } from '../digits.ts';
import type { GemminiMachine } from '../machine.ts';
import { defineRoutine, type RoutineWork, routineWork } from '../routine.ts';
import { channelScaling, rangesOf, turnedWeights } from '../scaler/channels.ts';
import type { Bracket } from '../scaler/multipliers.ts';
import { placementOf } from '../scaler/placement.ts';

/** Rows times constant weights, a bias, and a rounding to 8 bits, which the accumulator does as it is read out: kernels/gemmini/scaled.h. */
export const linearScaled = defineRoutine({ name: 'gemmini-linear-scaled', file: 'scaled', function: 'bw_gemmini_scale', work });

function work(site: Site, machine: GemminiMachine): RoutineWork | undefined {
  const { step, types, program } = site;
  const [call, next] = step.stages;
  if (call?.operator !== linear.name) return undefined;
  const [operand, weights] = call.operands as [string, string];
  const constant = program.constants.get(weights);
  const x = types.get(operand)!;
  if (constant === undefined || x.dtype !== 'i8') return undefined;

  const [channels, depth] = constant.type.shape as [number, number];
  const [axis, rows] = [x.shape.length - 1, elements(x.shape) / depth];
  const given = next?.operator === biasOperator.name && next.attributes['axis'] === axis ? next.operands[0] : undefined;
  const biases = given === undefined ? undefined : program.constants.get(given)?.data;
  const bias = biases?.length === channels ? given : undefined;
  const stages = bias === undefined ? 1 : 2;
  const added = bias === undefined ? undefined : biases;
  const ranges = rangesOf(constant, site.known().get(operand)!.range, added);
  const scaling = channelScaling(site, stages, axis, ranges);
  if (scaling === undefined) return undefined;

  const { dim, scratchpad, accumulator } = machine.gemmini;
  const turned = turnedWeights(constant, added, padded(channels));
  const local = sizesOf(rows, channels, depth, turned.moreDepth, machine);
  if (local === undefined) return undefined;
  const { brackets } = scaling;
  const { taken, runs, ...place } = placementOf(site, stages + 1, channels, dim);
  const tileBrackets = mostTogether(brackets, local.tile * dim);
  return routineWork(
    site,
    {
      ...{ taken, rows, preparations: [] },
      shape: {
        ...{ rows, depth, channels, more_depth: turned.moreDepth, weight_stride: turned.stride, relu: Number(scaling.relu) },
        dim_bits: Math.log2(dim),
        ...{ bank: scratchpad.rows, sums: accumulator.rows, chunk: local.chunk, tile: local.tile },
        ...{ group: place.group, row_stride: place.rowStride, group_stride: place.groupStride, run: place.run },
        ...{ brackets: brackets.length, tile_brackets: tileBrackets },
      },
      operands: {
        x: operand,
        ...(brackets.length > 0 && { channel_weights: weights, ...(bias !== undefined && { bias }) }),
      },
      constants: {
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
        ...tablesOf(brackets),
      },
      buffers: { columns: 2 * (local.tile * dim + tileBrackets) * aligned(local.chunk * dim) + line },
      types: { brackets: 'const bw_gemmini_bracket', steps: 'const bw_gemmini_step' },
      cycles: arrayCycles({ rows, channels, depth: depth + turned.moreDepth, brackets: brackets.length }, local, machine),
    },
    machine,
  );
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
