import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput } from '../../errors.ts';
import { writeDirectory } from '../../formats/files.ts';
import { type TestCase, writeTestCases } from '../../formats/test-cases.ts';
import type { Layer, Network } from '../../network/network.ts';
import { validateNetwork } from '../../network/validate.ts';
import { sameShape } from '../../numeric/tensor.ts';
import { layers as kinds } from '../../operators/layers.ts';
import { type Approximation, approximate } from './approximate.ts';
import { inChains, named, type Placed, roundedPools } from './arrange.ts';
import { type AresStyle, infoName } from './directory.ts';
import { Graph, movers } from './edges.ts';
import { cannotHold, forms } from './forms.ts';
import { edgesOf, inputNames } from './graph.ts';
import { networkOf } from './import.ts';
import { scalesOf } from './scales.ts';
import { type Unit, unitsOf } from './units.ts';
import { type AresOutput, writeAresFiles } from './write.ts';

/** A layer of the format under construction. */
interface Written extends Placed {
  readonly outgoing: number | undefined;
}

/** A Network in the ARES format. */
export interface AresForm {
  readonly layers: readonly AresOutput[];
  /** What the importer reads from these layers: its inputs have the format's names, and every layer has an int8 result. */
  readonly network: Network;
}

/**
 * The Network as layers of the ARES format, in its order. What the format cannot hold (BatchNorm, u8 activations, scales per channel, other
 * layers, edges that are neither a chain nor an Add or Concatenate) is a BadInput that names the layer.
 */
export function aresFormOf(network: Network): AresForm {
  const plain = writeUnits(network);
  try {
    return formOf(network, plain);
  } catch (error) {
    const inputs = [...network.inputs.keys()];
    if (!(error instanceof BadInput)) throw error;
    return formOf(network, renamed(writeUnits(inChains(roundedPools(network))), inputs));
  }
}

const formOf = (network: Network, written: readonly Written[]): AresForm => ({
  layers: written.map(({ output }) => output),
  network: readBack(network, written),
});

/** The form of a network, or with `nearest` that of the nearest network that has one. */
export function aresForm(
  network: Network,
  { nearest }: { readonly nearest: boolean },
): { readonly form: AresForm; readonly changes: readonly Approximation[] } {
  const { network: written, changes } = nearest ? approximate(network) : { network, changes: [] };
  return { form: aresFormOf(written), changes };
}

function writeUnits(network: Network): readonly Written[] {
  const graph = new Graph(network);
  const written = new Map<string, Written>();
  for (const unit of unitsOf(graph)) {
    const one = writeUnit(graph, unit, written);
    for (const { name } of [unit.layer, unit.quantiser ?? unit.layer]) written.set(name, one);
  }
  return [...new Set(written.values())];
}

function renamed(written: readonly Written[], inputs: readonly string[]): readonly Written[] {
  const names = named(written, inputs);
  const rename = (name: string): string => names.get(name) ?? name;
  return written.map(({ output, reads, outgoing }) => {
    const { inputs: joined, ...fields } = output.fields;
    const own = joined === undefined ? fields : { inputs: (joined as readonly string[]).map(rename), ...fields };
    return { output: { ...output, name: rename(output.name), fields: own }, reads: reads.map(rename), outgoing };
  });
}

function writeUnit(graph: Graph, { layer, quantiser, composite }: Unit, written: ReadonlyMap<string, Written>): Written {
  const sources = composite ? [composite.input ?? []].flat() : layer.inputs.map((input) => graph.behindIdentities(input));
  const reads = sources.map((source) => written.get(source)?.output.name ?? source);
  const form = composite ? () => composite : forms.get(layer.kind);
  if (!form) throw cannotHold(layer.name, `a layer of kind ${layer.kind}`);
  const scales = sources.map((source) => written.get(source)?.outgoing);
  const outgoing = composite?.scale ?? outgoingScale(graph, layer, quantiser, scales);
  const shapes = sources.map((source) => graph.shapes.get(source)!);
  const { type, fields, tensors = {} } = form({ layer, shapes, incoming: scales[0], outgoing, reads });
  const name = quantiser?.name ?? layer.name;
  const scale = outgoing === undefined ? {} : { scale_output: outgoing };
  return { output: { name, type, fields: { ...fields, ...scale }, tensors, outputShape: graph.shapes.get(name)! }, reads, outgoing };
}

/** The scale of the int8 result: its quantiser's, wherever that stands. */
function outgoingScale(
  graph: Graph,
  layer: Layer,
  quantiser: Layer | undefined,
  sources: readonly (number | undefined)[],
): number | undefined {
  const [incoming] = sources;
  const { name, kind } = layer;
  const rounding = quantiser ?? layer;
  if (rounding.kind === 'quantiser') {
    const { lo, hi, scale } = rounding.attributes;
    if (lo !== -128 || hi !== 127)
      throw cannotHold(
        rounding.name,
        `a quantiser to ${lo}..${hi}`,
        'use act_quant=Int8ActPerTensorFloat, signed and not narrow, or --nearest',
      );
    return Number(scale);
  }
  if (movers.has(kind)) return incoming;
  const scales = graph.scalesBehind(name);
  const [scale] = scales;
  if (scale !== undefined && scales.every((other) => other === scale)) return scale;
  if (
    (kind === 'relu' || keepsScale(layer) || (kind === 'concat' && sources.every((source) => source === incoming))) &&
    incoming !== undefined
  )
    return incoming;
  if (kind === 'linear' && graph.network.outputs.includes(name) && graph.readers(name).length === 0) return undefined;
  const found = scales.some((other) => other !== undefined) ? 'a result that is rounded in two ways' : 'a result that nothing rounds';
  throw cannotHold(name, found, 'put one QuantIdentity behind it');
}

/** The pool over one axis rounds at the scale of what it reads. */
const keepsScale = ({ kind, attributes }: Layer): boolean =>
  kind === 'adaptive-average-pool' && (attributes['output'] as readonly number[]).length === 1;

/** Reads the layers as the importer will, and compares: the format looks edges and scales up by rules of its own. */
function readBack({ name, inputs, outputs }: Network, written: readonly Written[]): Network {
  const info = { file: infoName, layers: written.map(({ output }) => output) };
  const names = inputNames(info.layers);
  const [given] = [...inputs.keys()];
  if (names.length !== inputs.size) {
    throw cannotHold(given!, `a network of ${inputs.size} inputs`, 'name the layers of its two branches eeg_... and ppg_...');
  }
  const own = new Map([...inputs.keys()].map((input, at) => [input, names[at]!]));
  const edges = edgesOf(info);
  for (const { output, reads } of written) {
    const wanted = reads.map((input) => own.get(input) ?? input).join(' and ');
    const found = edges.get(output.name)!.join(' and ');
    if (found !== wanted) throw cannotHold(output.name, `an input from ${wanted}, where the format reads ${found}`);
  }
  const scales = scalesOf(info, edges);
  for (const { output, outgoing } of written) {
    const found = scales.get(output.name)!.outgoing;
    if (found === outgoing) continue;
    throw cannotHold(output.name, `a result at scale ${outgoing ?? 'none'}, where the format reads ${found ?? 'none'}`);
  }
  const last = written.at(-1)!.output.name;
  if (outputs.length !== 1 || outputs[0] !== last) {
    throw cannotHold(
      outputs.find((output) => output !== last) ?? last,
      'an output that is not the last layer',
      'return the last layer alone',
    );
  }
  const shapes = new Map([...own].map(([input, renamed]) => [renamed, inputs.get(input)!]));
  const network = networkOf(name, info, shapes);
  const after = validateNetwork(network, kinds);
  const wrong = written.find(({ output }) => !sameShape(after.get(output.name)!, output.outputShape));
  if (wrong) throw cannotHold(wrong.output.name, `a result of shape [${wrong.output.outputShape.join(', ')}]`);
  return network;
}

/**
 * Writes an ARES directory: network_info.json, weights/ and, with golden tensors, test_cases/. It is whole or not there at all; a BadInput says
 * why it cannot be written.
 */
export async function exportAres(
  directory: string,
  { layers }: AresForm,
  {
    cases = [],
    force = false,
    style = 'ares',
  }: { readonly cases?: readonly TestCase[]; readonly force?: boolean; readonly style?: AresStyle } = {},
): Promise<void> {
  await writeDirectory(
    directory,
    async (temporary) => {
      await writeAresFiles(temporary, layers, style);
      if (cases.length === 0) return;
      const folder = join(temporary, 'test_cases');
      await mkdir(folder);
      await writeTestCases(folder, cases);
    },
    { force },
  );
}
