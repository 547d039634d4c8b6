import type { TensorType } from '../../numeric/tensor.ts';
import { convolution } from '../../operators/convolution/convolution.ts';
import { requantise } from '../../operators/ivit/quantise/requantise.ts';
import { rescale } from '../../operators/ivit/quantise/rescale.ts';
import { permute } from '../../operators/permute/permute.ts';
import { dyadic } from '../../operators/requantise/dyadic.ts';
import { bias, float32 } from '../../operators/requantise/float32.ts';
import { reshape } from '../../operators/reshape/reshape.ts';
import { valueTypes } from '../../program/lifetimes.ts';
import type { Call, Program, Step } from '../../program/program.ts';

/** An image of int8 in patches that touch each other and cover it. */
export interface Patches {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly outputs: number;
  readonly patchHeight: number;
  readonly patchWidth: number;
}

/** The patches of a convolution whose kernel is as large as its steps; undefined where it is another call. */
export function patchesOf({ operator, operands, attributes }: Call, types: ReadonlyMap<string, TensorType>): Patches | undefined {
  if (operator !== convolution.name) return undefined;
  const [x, weights] = operands.map((name) => types.get(name)!) as [TensorType, TensorType];
  const { stride, padding, groups } = attributes as { stride: readonly number[]; padding: readonly number[]; groups: number };
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const [outputs, , patchHeight, patchWidth] = weights.shape as [number, number, number, number];
  const planar = x.shape.length === 4 && images === 1 && groups === 1 && x.dtype === 'i8' && padding.every((size) => size === 0);
  if (!planar || stride[0] !== patchHeight || stride[1] !== patchWidth || patchWidth < 2) return undefined;
  return height % patchHeight === 0 && width % patchWidth === 0 ? { channels, height, width, outputs, patchHeight, patchWidth } : undefined;
}

/** Calls that do to each element what constants of its channel say. */
const perChannel: ReadonlySet<string> = new Set([bias, requantise, rescale, dyadic, float32].map(({ name }) => name));

/**
 * The same Program with patches moved to their place among the tokens before their sums are rounded: convolution | rounding | reshape | permute
 * becomes convolution | reshape | permute | rounding, for the array computes the sums in the order of tokens.
 */
export function tokensFirst(program: Program): Program {
  const types = valueTypes(program);
  return { ...program, steps: program.steps.map((step) => moved(step, program, types)) };
}

function moved(step: Step, { constants }: Program, types: ReadonlyMap<string, TensorType>): Step {
  const [first, ...others] = step.stages;
  const cut = patchesOf(first!, types);
  const at = others.findIndex(({ operator }) => !perChannel.has(operator));
  const [shaped, turned, ...behind] = others.slice(Math.max(0, at));
  if (!cut || at < 1 || shaped?.operator !== reshape.name || turned?.operator !== permute.name) return step;
  const roundings = others.slice(0, at);
  const known = roundings.every(({ operands, attributes }) => attributes['axis'] === 1 && operands.every((name) => constants.has(name)));
  const tokens = (cut.height / cut.patchHeight) * (cut.width / cut.patchWidth);
  const inOrder = sameNumbers(shaped.attributes['shape'], [1, cut.outputs, tokens]) && sameNumbers(turned.attributes['axes'], [0, 2, 1]);
  if (!known || !inOrder) return step;
  const last = roundings.map((call): Call => ({ ...call, attributes: { ...call.attributes, axis: 2 } }));
  return { ...step, stages: [first!, shaped, turned, ...last, ...behind] };
}

const sameNumbers = (found: unknown, expected: readonly number[]): boolean => String(found) === String(expected);
