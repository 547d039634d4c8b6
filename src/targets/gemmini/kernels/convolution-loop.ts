import { type NumberArray, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { convolution } from '../../../operators/convolution/convolution.ts';
import type { ClampAttributes } from '../../../operators/requantise/channels.ts';
import { dyadic } from '../../../operators/requantise/dyadic.ts';
import type { Call } from '../../../program/program.ts';
import { type Code, c, fields } from '../../c.ts';
import { type Body, defineKernel, type Site, type Work } from '../../kernel.ts';
import { emitSegment, type Portable } from '../../portable.ts';
import { aligned, leadFrom, line, placesBehind, withinArray } from '../behind.ts';
import { bitsOf } from '../byte-rounding.ts';
import { sourcesBehind } from '../bytes.ts';
import { fill, packed } from '../digits.ts';
import { chooseLoop, type LoopShape, pixelsBeside } from '../loop-tiling.ts';
import type { GemminiMachine } from '../machine.ts';
import { biasOf, less, roundings } from '../rounded-image.ts';
import { rangesOf } from '../scaler/channels.ts';
import { type Offsets, sharedOffsetsOf } from '../scaler/offsets.ts';
import { roundingOf } from '../scaler/rounding.ts';
import { thresholdsOf } from '../scaler/thresholds.ts';
import { arraySources } from '../sources.ts';
import { pipeBehind, typeAfter } from '../sums.ts';

interface LoopWork extends Work {
  readonly step: string;
  readonly operand: string;
  /** Of kernels/gemmini/looped.h's bw_gemmini_looped, by its names. */
  readonly sizes: { readonly [name: string]: number };
  /** Constants by the fields that have them. */
  readonly fields: { readonly [field: string]: string };
  /** What is missing in every element that the array is given, and where those lie that the core makes: an offset in the scratch memory. */
  readonly offset: number;
  readonly count: number;
  readonly shifted: number;
  /** Offsets of the fields that have places in the scratch memory. */
  readonly places: { readonly [field: string]: number };
  readonly results: number | undefined;
  readonly rest: Portable | undefined;
  readonly cycles: number;
}

/**
 * A convolution and a rounding to 8 bits with one multiplier, unrolled by the hardware: LOOP_CONV_WS. The array turns the image, so that channels lie
 * side by side, and leaves the sums in its accumulator, from which they are read out twice, as those of other convolutions. Then it turns the bytes:
 * kernels/gemmini/looped.h. Only for firmware of one generation, which has these commands.
 */
export const convolutionLoop = defineKernel<GemminiMachine, LoopWork>({
  name: 'gemmini-convolution-loop',

  *works(site, machine) {
    const work = site.apart || !machine.gemmini.ownFirmware ? undefined : workOf(site, machine);
    if (work) yield work;
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...arraySources, 'gemmini/looped.c', ...(rest ? sourcesBehind(rest.segments) : [])],
  emit,
  within: ({ rest }, stage) => withinArray(rest, stage),
});

/** A convolution of one image in two axes, all of whose outputs have all channels, and steps of the same size along both. */
interface Layer extends LoopShape {
  readonly operand: string;
  readonly weights: Tensor;
  readonly offset: number;
  readonly height: number;
  readonly width: number;
  readonly above: number;
  readonly before: number;
}

interface Attributes {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly groups: number;
}

function layerOf(site: Site): Layer | undefined {
  const { step, types, program } = site;
  const [call] = step.stages;
  if (call?.operator !== convolution.name) return undefined;
  const [operand, name] = call.operands as [string, string];
  const x = types.get(operand)!;
  const weights = program.constants.get(name);
  const offset = { i8: 0, u8: 128 }[x.dtype as string];
  const { stride, padding, groups } = call.attributes as unknown as Attributes;
  if (weights === undefined || offset === undefined || x.shape.length !== 4 || x.shape[0] !== 1) return undefined;
  if (groups !== 1 || stride[0] !== stride[1]) return undefined;
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const [outputs, , kernelRows, kernelColumns] = weights.type.shape as [number, number, number, number];
  const [rows, columns] = typeAfter(site, 1).shape.slice(2) as [number, number];
  return {
    ...{ operand, weights, offset, channels, height, width, above: padding[0]!, before: padding[1]! },
    ...{ outputs, kernelRows, kernelColumns, stride: stride[0]!, rows, columns },
  };
}

/** One multiplier for all sums, as a number of steps of the result. */
function multiplierOf({ operator, operands }: Call, { program }: Site): number | undefined {
  const [m, , e] = operands.map((name) => program.constants.get(name)?.data);
  if (!m || new Set(m).size !== 1 || !(m[0]! > 0)) return undefined;
  if (operator !== dyadic.name) return m[0]!;
  return e && new Set(e).size === 1 ? m[0]! / 2 ** e[0]! : undefined;
}

/** Cycles of the core for a byte that it compares, and for one that it rounds again. */
const [compared, repaired] = [1.2, 90];
/** The same for one that it makes signed, and of the array for one that it turns. */
const [shifted, turned] = [2.2, 0.35];

function workOf(site: Site, machine: GemminiMachine): LoopWork | undefined {
  const { dim, scratchpad, generation } = machine.gemmini;
  const layer = layerOf(site);
  const bias = layer && biasOf(site, layer.outputs);
  const taken = bias ? 3 : 2;
  const call = site.step.stages[taken - 1];
  const operandsOf = roundings.get(call?.operator ?? '');
  const multiplier = layer && operandsOf && multiplierOf(call!, site);
  if (!layer || !multiplier || scratchpad.banks < 4 || layer.width > scratchpad.rows - line) return undefined;
  const { lo, hi } = call!.attributes as unknown as ClampAttributes;
  const lacking = hi > 127 ? 128 : 0;
  const relu = lacking === 0 && lo === 0;
  const offsets = readOuts(layer, bias, site, call!, multiplier, lacking, relu);
  const once = offsets?.more.every((more) => more === 0) ?? false;
  const each = once && lacking === 0 ? 0 : compared + repaired * Math.min(1, offsets?.differing ?? 0);
  const tile = offsets && chooseLoop(layer, { each, twice: !once }, machine.gemmini);
  if (!offsets || !tile) return undefined;

  const { channels, height, width, outputs, rows, columns, stride, kernelRows, kernelColumns, operand, offset } = layer;
  const [pixel, across] = [channels, outputs].map((size) => Math.ceil(size / dim) * dim) as [number, number];
  const [borderHeight, borderWidth] = [rows * stride + kernelRows - 1, columns * stride + kernelColumns - 1];
  const sums = tile.rows * columns * tile.outputs;
  const count = channels * height * width;
  const behind = site.step.stages.length > taken ? pipeBehind(site, outputs, taken, machine) : undefined;
  const { offsets: places, bytes } = laidOut({
    shifted: offset === 0 ? 0 : count,
    pixels: borderHeight * borderWidth * pixel,
    low: 2 * sums,
    ...(once ? {} : { high: sums, whole: 4 * sums }),
  });
  const { scratch, own, results } = placesBehind(behind?.rest, outputs * rows * columns, [bytes]);
  const { constants, names } = constantsOf(site.step.name, layer, bias, offsets, pixel, across, dim);
  const { shifted: inSigned, ...others } = Object.fromEntries(Object.entries(places).map(([name, place]) => [name, own[0]! + place]));
  return {
    ...{ scratch, results, step: site.step.name, operand, offset, count, shifted: inSigned!, rest: behind?.rest, places: others },
    sizes: {
      ...{ channels, height, width, border_height: borderHeight, border_width: borderWidth, above: layer.above, before: layer.before },
      ...{ pixel, kernel_rows: kernelRows, kernel_columns: kernelColumns, stride, outputs, rows, columns, weight_stride: across },
      ...{ tile_rows: tile.rows, tile_outputs: tile.outputs, tile_channels: tile.channels, beside: pixelsBeside(layer, machine.gemmini) },
      ...{ newer: Number(generation !== '2023-02'), scale: bitsOf(offsets.multipliers[0]!), relu: Number(relu), lacking, lo, hi },
      ...{ once: Number(once), own: roundingOf(call!, site.program, site.operators)!.channels === 1 ? 0 : 1 },
      ...{ dim_bits: Math.log2(dim), bank: scratchpad.rows },
    },
    fields: { ...names, ...Object.fromEntries(operandsOf!.map((field, index) => [field, call!.operands[index]!])) },
    constants: new Map([...constants, ...(behind?.constants ?? [])]),
    cycles:
      tile.cycles +
      (offset === 0 ? 0 : shifted * count) +
      turned * borderHeight * borderWidth * pixel +
      (behind ? (behind.rest.elements - outputs * rows * columns) * machine.cyclesPerElement : 0),
  };
}

/** Places of so many bytes each, one behind the other, and the bytes of all. */
function laidOut(sizes: { readonly [name: string]: number }): {
  readonly offsets: { readonly [name: string]: number };
  readonly bytes: number;
} {
  let bytes = 0;
  const offsets = Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => {
      const offset = bytes;
      bytes += aligned(size);
      return [name, offset];
    }),
  );
  return { offsets, bytes };
}

function readOuts(
  { weights, operand, outputs }: Layer,
  bias: NumberArray | undefined,
  site: Site,
  call: Call,
  multiplier: number,
  lacking: number,
  relu: boolean,
): Offsets | undefined {
  const rounding = roundingOf(call, site.program, site.operators);
  if (rounding?.axis !== 1 || (rounding.channels !== 1 && rounding.channels !== outputs)) return undefined;
  const { low, high } = rangesOf(weights, site.known().get(operand)!.range, bias);
  const thresholds = thresholdsOf(less(rounding, lacking), low, high);
  return thresholds && sharedOffsetsOf(thresholds, relu, multiplier);
}

/** What the array is given beside the image, by the fields of kernels/gemmini/looped.h's bw_gemmini_looped_operands. */
function constantsOf(
  step: string,
  { weights, offset, outputs, channels, kernelRows, kernelColumns }: Layer,
  bias: NumberArray | undefined,
  { first, more }: Offsets,
  pixel: number,
  across: number,
  dim: number,
): { readonly constants: ReadonlyMap<string, Tensor>; readonly names: { readonly [field: string]: string } } {
  const turned = tensor({ dtype: 'i8', shape: [kernelRows, kernelColumns, pixel, across] });
  const sums = new Int32Array(outputs);
  const kernel = kernelRows * kernelColumns;
  for (let output = 0, index = 0; output < outputs; output++)
    for (let channel = 0; channel < channels; channel++)
      for (let place = 0; place < kernel; place++, index++) {
        turned.data[(place * pixel + channel) * across + output] = weights.data[index]!;
        sums[output]! += weights.data[index]! as number;
      }
  const whole = (value: (output: number) => number): Tensor =>
    tensor(
      { dtype: 'i32', shape: [across] },
      Array.from({ length: across }, (_, output) => (output < outputs ? value(output) : 0)),
    );
  const given: { readonly [field: string]: Tensor } = {
    weights: turned,
    identity: packed(
      Array.from({ length: dim }, (_, row) => new Int8Array(dim).fill(1, row, row + 1)),
      dim,
    ),
    border: fill(-offset, line),
    initial: whole((output) => first[output]! + offset * sums[output]! + ((bias?.[output] as number | undefined) ?? 0)),
    more: whole((output) => more[output]!),
    less: whole((output) => first[output]! + more[output]!),
  };
  const names = Object.fromEntries(Object.keys(given).map((field) => [field, `${step} ${field} for the array`]));
  return { constants: new Map(Object.entries(given).map(([field, value]) => [names[field]!, value])), names };
}

function emit(work: LoopWork, body: Body): Code {
  const { sizes, operand, offset, count, places, results, rest } = work;
  const [shape, operands] = [body.local('looped'), body.local('operands')];
  const bytes = (place: number): Code => `(int8_t *)${body.scratch(place)}`;
  const result = results === undefined ? body.pointer(work.step) : bytes(results);
  const image = offset === 0 ? body.pointer(operand) : bytes(work.shifted);
  const described = fields(Object.entries(sizes).map(([name, value]) => [name, String(value)]));
  const given = fields([
    ['image', image],
    ...Object.entries(work.fields).map(([field, name]): [string, string] => [field, body.pointer(name)]),
    ...Object.entries(places).map(([field, place]): [string, string] => [
      field,
      field === 'whole' ? `(int32_t *)${body.scratch(place)}` : bytes(place),
    ]),
    ['y', result],
  ]);
  const all = sizes['outputs']! * sizes['rows']! * sizes['columns']!;
  return c`
    ${offset === 0 ? [] : [`bw_gemmini_shift(${count}, ${offset}, ${body.pointer(operand)}, ${image});`]}
    static const bw_gemmini_looped ${shape} = ${described};
    const bw_gemmini_looped_operands ${operands} = ${given};
    bw_gemmini_round_looped(&${shape}, &${operands});
    ${(rest?.segments ?? []).map((segment, index) => emitSegment(segment, rest!, body, index === 0 ? leadFrom(rest!, result, all) : undefined))}`;
}
