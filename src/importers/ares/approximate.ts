import type { Layer, Network } from '../../network/network.ts';
import { clamp, roundHalfEven } from '../../numeric/rounding.ts';
import { tensor } from '../../numeric/tensor.ts';
import { layer as build, weightTensors } from './build.ts';
import { Graph } from './edges.ts';
import { compositesOf, roundedBehind } from './units.ts';

/** What was changed in a layer, and how. */
export interface Approximation {
  readonly layer: string;
  readonly change: string;
}

export interface Approximated {
  readonly network: Network;
  readonly changes: readonly Approximation[];
}

/** One kind of change: what becomes of a layer, undefined where it stays as it is. */
type Change = (layer: Layer, graph: Graph) => { readonly layers: readonly Layer[]; readonly change: string } | undefined;

/** The same weights, each channel times its gain, with one scale for all: the largest becomes 127. */
function perTensor({ weights, scales, bias }: Layer['tensors'], gain: readonly number[], offset: readonly number[]): Layer['tensors'] {
  const { shape } = weights!.type;
  const [channels = 1] = shape;
  const depth = weights!.data.length / channels;
  const factors = gain.map((g, c) => g * scales!.data[scales!.data.length > 1 ? c : 0]!);
  const real = Float64Array.from(weights!.data, (weight, at) => weight * factors[Math.floor(at / depth)]!);
  const largest = real.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = largest === 0 ? 1 : largest / 127;
  const rounded = Array.from(real, (value) => clamp(roundHalfEven(value / scale), -127, 127));
  const shifted = gain.map((g, c) => (bias ? bias.data[c]! : 0) * g + offset[c]!);
  return weightTensors(
    { weights: tensor({ dtype: 'i8', shape }, rounded), bias: tensor({ dtype: 'f32', shape: [channels] }, shifted) },
    scale,
  );
}

const isWeighted = ({ kind }: Layer): boolean => kind === 'convolution' || kind === 'linear';

/** A BatchNorm behind a convolution that nothing else reads: (acc * s + bias - mean) * g + beta. */
const foldBatchNorm: Change = (layer, graph) => {
  const [reader, ...others] = graph.readers(layer.name);
  if (!isWeighted(layer) || reader?.kind !== 'batch-norm' || others.length > 0 || graph.isOutput(layer.name)) return undefined;
  const { gamma, beta, mean, variance } = reader.tensors;
  const epsilon = Number(reader.attributes['epsilon']);
  const gain = Array.from(gamma!.data, (value, c) => value / Math.sqrt(variance!.data[c]! + epsilon));
  const offset = gain.map((g, c) => beta!.data[c]! - mean!.data[c]! * g);
  return {
    layers: [{ ...layer, tensors: perTensor(layer.tensors, gain, offset) }],
    change: 'its BatchNorm is in its weights, which are rounded to 8 bits again',
  };
};

/** The BatchNorm that the convolution in front of it has taken in. */
const dropBatchNorm: Change = (layer, graph) => {
  const source = graph.layer(layer.inputs[0]!);
  if (layer.kind !== 'batch-norm' || !source || graph.readers(source.name).length > 1) return undefined;
  return isWeighted(source) ? { layers: [build(layer.name, 'identity', [source.name])], change: '' } : undefined;
};

const oneScale: Change = (layer) => {
  const channels = layer.tensors['scales']?.data.length ?? 1;
  if (!isWeighted(layer) || channels === 1) return undefined;
  const tensors = perTensor(layer.tensors, new Array<number>(channels).fill(1), new Array<number>(channels).fill(0));
  return { layers: [{ ...layer, tensors }], change: 'its weights have one scale for all channels, and are rounded to 8 bits again' };
};

/** 0..255 becomes 0..127 at twice the scale. */
const signed: Change = (layer) => {
  const { scale, lo, hi } = layer.attributes;
  if (layer.kind !== 'quantiser' || (lo === -128 && hi === 127)) return undefined;
  const wider = Math.max(1, (Number(hi) + 1) / 128);
  const attributes = { ...layer.attributes, scale: Number(scale) * wider, lo: -128, hi: 127 };
  return {
    layers: [{ ...layer, attributes }],
    change: `${lo}..${hi} became int8 at ${wider === 1 ? 'the same' : `${wider} times the`} scale`,
  };
};

/** -127..127 becomes -128..127: wherever it stands, for the format has no narrow values. */
const widened: Change = (layer) => {
  const { lo, hi } = layer.attributes;
  return layer.kind === 'quantiser' && lo === -127 && hi === 127
    ? { layers: [{ ...layer, attributes: { ...layer.attributes, lo: -128 } }], change: '-127..127 became -128..127' }
    : undefined;
};

/** An accumulator that something else than a quantiser reads: rounded first, at the scale of the quantiser that follows. */
const rounded: Change = (layer, graph) => {
  const behind = graph.scalesBehind(layer.name);
  const scale = graph.nextQuantiser(layer.name)?.attributes['scale'];
  const raw = isWeighted(layer) && behind.includes(undefined) && !graph.isOutput(layer.name);
  if (!raw || scale === undefined) return undefined;
  return { layers: roundedBehind(layer, Number(scale)), change: `its sums are rounded to int8 at ${scale} before they are read` };
};

/** In this order: a quantiser's new scale is that which an accumulator in front of it takes. */
const passes: readonly (readonly Change[])[] = [[foldBatchNorm, dropBatchNorm], [oneScale, signed], [rounded]];

/**
 * The Network as near as the ARES format can hold it: BatchNorms and scales per channel in weights that are rounded again, unsigned values as int8
 * at twice the scale, accumulators that a sum or a function reads rounded first. What the format has as one layer stays as it is. Every change is listed.
 */
export function approximate(network: Network): Approximated {
  const changes: Approximation[] = [];
  const changed = (before: readonly Layer[], pass: readonly Change[], kept: ReadonlySet<string>): readonly Layer[] => {
    const graph = new Graph({ ...network, layers: before });
    return before.flatMap((layer): readonly Layer[] => {
      const found = kept.has(layer.name) ? undefined : pass.map((change) => change(layer, graph)).find(Boolean);
      if (found?.change) changes.push({ layer: layer.name, change: found.change });
      return found?.layers ?? [layer];
    });
  };
  const wide = changed(network.layers, [widened], new Set());
  const composites = compositesOf(new Graph({ ...network, layers: wide }));
  const kept = new Set([...composites.values()].flatMap(({ members }) => [...members]));
  const layers = passes.reduce((before, pass) => changed(before, pass, kept), wide);
  return { network: { ...network, layers }, changes };
}
