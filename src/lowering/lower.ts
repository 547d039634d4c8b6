import { BadInput } from '../errors.ts';
import type { Layer, Network } from '../network/network.ts';
import { validateNetwork } from '../network/validate.ts';
import type { Attributes } from '../numeric/attributes.ts';
import type { Shape } from '../numeric/tensor.ts';
import { operators } from '../operators/index.ts';
import type { LayerContext, Meaning, Style } from '../operators/layer.ts';
import { layers } from '../operators/layers.ts';
import type { Program } from '../program/program.ts';
import { verifyProgram } from '../program/verify.ts';
import { ProgramBuilder } from './builder.ts';
import { fusePipes } from './fuse.ts';
import { onlyLive } from './live.ts';
import { lowerOutput } from './output.ts';
import { onlyReached, valueNamed, valueNames } from './stop.ts';

export interface LowerOptions {
  readonly style: Style;
  /** False keeps every call a step of its own: what a comparison layer by layer wants. The values are the same. */
  readonly fuse?: boolean;
}

const contextOf = ({ name, attributes, tensors }: Layer): LayerContext<Attributes, string> => ({ name, attributes, tensors });

/** A float input of the network, before its quantiser. */
const sourceMeaning = (source: string, shape: Shape): Meaning => ({
  terms: [{ value: source, type: { dtype: 'f32', shape }, scale: [1], limit: [Infinity] }],
  shape,
  axis: 1,
  offset: [0],
  floor: -Infinity,
  pending: [],
  source,
});

/**
 * Network to Program, verified. Nothing is matched: every layer hands on what its integers mean, and a quantiser turns the meaning into one
 * rounding. Throws BadInput where a layer cannot be exact.
 */
export const lower = (network: Network, options: LowerOptions): Program => lowerScaled(network, options).program;

/** The same, and the scale of each layer's integers: one entry or one for each channel. A layer that is no single tensor of integers has none. */
export function lowerScaled(network: Network, options: LowerOptions): ScaledProgram {
  const { meanings, finish } = lowerWith(network, options, raise);
  const scales = Array.from(meanings).flatMap(
    ([
      layer,
      {
        terms: [term, ...others],
      },
    ]): [string, readonly number[]][] => (others.length === 0 ? [[layer, term.scale]] : []),
  );
  return { program: finish(), scales: new Map(scales) };
}

export interface ScaledProgram {
  readonly program: Program;
  readonly scales: ReadonlyMap<string, readonly number[]>;
}

/**
 * The Program that ends in one value, by the name of a layer or of a call, and what that needs. Without a program where no value has this name in this
 * style; `names` are those that have one. A value that is known before the Program runs is a BadInput.
 */
export function lowerUntil(
  network: Network,
  options: LowerOptions,
  name: string,
): { readonly program?: Program; readonly names: readonly string[] } {
  const { meanings, builder, finish } = lowerWith(network, options, raise);
  const value = valueNamed(name, meanings, builder);
  if (value === undefined) return { names: valueNames(meanings, builder) };
  const { constants, inputs } = builder.graph('', []);
  if (constants.has(value) || inputs.has(value)) {
    throw new BadInput({
      where: network.name,
      found: `${name}, which is ${inputs.has(value) ? 'its quantised input' : 'known before the Program runs'}`,
      expected: 'a value that a step computes',
      remedy: 'name a later one',
    });
  }
  return { program: finish([value]), names: [] };
}

/** Something at which lowering stops, and the layer at which it does. */
export interface LoweringRefusal {
  readonly layer: string;
  readonly error: unknown;
}

/** Everything at which `lower` would stop, layer by layer, empty where it would not. What lies behind a refused layer is not lowered. */
export function examineLowering(network: Network, options: LowerOptions): readonly LoweringRefusal[] {
  const refusals: LoweringRefusal[] = [];
  lowerWith(network, options, (refusal) => {
    if (!(refusal.error instanceof BadInput)) throw refusal.error;
    refusals.push(refusal);
  }).finish();
  return refusals;
}

const raise = ({ error }: LoweringRefusal): void => {
  throw error;
};

/** Every layer lowered; `finish` makes the Program of some values, or of the network's outputs. */
function lowerWith(network: Network, { style, fuse = true }: LowerOptions, refuse: (refusal: LoweringRefusal) => void) {
  validateNetwork(network, layers);
  const builder = new ProgramBuilder(style, operators, fuse);
  const meanings = new Map<string, Meaning>([...network.inputs].map(([name, shape]) => [name, sourceMeaning(name, shape)]));
  const attempt = <T>(layer: string, action: () => T): T | undefined => {
    try {
      return action();
    } catch (error) {
      refuse({ layer, error });
      return undefined;
    }
  };
  for (const layer of network.layers) {
    const inputs = layer.inputs.flatMap((name) => meanings.get(name) ?? []);
    if (inputs.length < layer.inputs.length) continue;
    const meaning = attempt(layer.name, () => lowerLayer(layer, inputs, builder));
    if (meaning) meanings.set(layer.name, meaning);
  }
  const reached = network.outputs.filter((name) => meanings.has(name));
  const outputs = reached.flatMap((name) => attempt(name, () => lowerOutput(name, meanings.get(name)!, builder)) ?? []);
  const finish = (values: readonly string[] = outputs): Program => {
    const graph = builder.graph(network.name, values);
    const live = fuse && style.onlyLive ? onlyLive(graph, operators) : fuse || values !== outputs ? onlyReached(graph) : graph;
    const program = fusePipes(live, fuse, operators);
    verifyProgram(program, operators);
    return program;
  };
  return { builder, meanings, finish };
}

/** As many inputs as the layer's arity allows, which validation has checked: none only where its rule reads none. */
function lowerLayer(layer: Layer, inputs: readonly Meaning[], builder: ProgramBuilder): Meaning {
  try {
    const rule = builder.style.rules?.get(layer.kind) ?? layers.get(layer.kind)!.lower;
    return rule(contextOf(layer), inputs as readonly [Meaning, ...Meaning[]], builder);
  } catch (error) {
    throw placed(error, layer);
  }
}

/** Shapes and overflows are found by rules that do not know the layer: it gets its name here. */
function placed(error: unknown, { name, kind, location }: Layer): unknown {
  const where = `layer ${name}${location ? ` (${location})` : ''}`;
  if (error instanceof RangeError) {
    return new BadInput({
      where,
      found: error.message,
      expected: `a ${kind} that fits its inputs`,
      remedy: 'check the shapes and scales of this layer',
    });
  }
  if (!(error instanceof BadInput) || !location || error.complaint.where !== `layer ${name}`) return error;
  return new BadInput({ ...error.complaint, where });
}
