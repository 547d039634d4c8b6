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
import { lowerOutput } from './output.ts';

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
export function lower(network: Network, { style, fuse = true }: LowerOptions): Program {
  validateNetwork(network, layers);
  const builder = new ProgramBuilder(style, operators);
  const meanings = new Map<string, Meaning>([...network.inputs].map(([name, shape]) => [name, sourceMeaning(name, shape)]));
  for (const layer of network.layers) {
    const [first, ...others] = layer.inputs.map((name) => meanings.get(name)!);
    try {
      meanings.set(layer.name, layers.get(layer.kind)!.lower(contextOf(layer), [first!, ...others], builder));
    } catch (error) {
      throw placed(error, layer);
    }
  }
  const outputs = network.outputs.map((name) => lowerOutput(name, meanings.get(name)!, builder));
  const program = fusePipes(builder.graph(network.name, outputs), fuse, operators);
  verifyProgram(program, operators);
  return program;
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
