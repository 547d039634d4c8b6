import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDirectory } from '../../formats/files.ts';
import { type TestCase, writeTestCases } from '../../formats/test-cases.ts';
import type { Layer, Network } from '../../network/network.ts';
import { validateNetwork } from '../../network/validate.ts';
import { type Shape, sameShape } from '../../numeric/tensor.ts';
import { layers as kinds } from '../../operators/layers.ts';
import { infoName } from './directory.ts';
import { cannotHold, forms } from './forms.ts';
import { edgesOf, inputNames } from './graph.ts';
import { networkOf } from './import.ts';
import { scalesOf } from './scales.ts';
import { type AresOutput, writeAresFiles } from './write.ts';

/** What only moves or limits values: a quantiser behind it rounds what is in front of it. */
const transparent = new Set(['max-pool', 'reshape', 'permute', 'pad', 'identity', 'relu']);
/** Without an int8 result of their own in the format. */
const movers = new Set(['max-pool', 'reshape', 'permute', 'pad']);

/** A Network seen from its edges. */
class Graph {
  readonly network: Network;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly #layers: ReadonlyMap<string, Layer>;
  readonly #readers = new Map<string, Layer[]>();

  constructor(network: Network) {
    this.network = network;
    this.shapes = validateNetwork(network, kinds);
    this.#layers = new Map(network.layers.map((layer) => [layer.name, layer]));
    for (const layer of network.layers)
      for (const input of layer.inputs) this.#readers.set(input, [...(this.#readers.get(input) ?? []), layer]);
  }

  layer(name: string): Layer | undefined {
    return this.#layers.get(name);
  }

  readers(name: string): readonly Layer[] {
    return this.#readers.get(name) ?? [];
  }

  /** The layer whose result a quantiser rounds and whose ARES form does that itself: a ReLU, or one that bears the quantiser's name. */
  roundedBy({ name, kind, inputs: [input = ''] }: Layer): Layer | undefined {
    const source = this.layer(input);
    const only = kind === 'quantiser' && source !== undefined && this.readers(input).length === 1 && !this.network.outputs.includes(input);
    if (!only) return undefined;
    const implied = source.name.startsWith(`${name}.`) && !transparent.has(source.kind) && source.kind !== 'quantiser';
    return implied || source.kind === 'relu' ? source : undefined;
  }

  /** The scales of all quantisers that round a value. */
  scalesBehind(name: string): readonly (number | undefined)[] {
    const own = this.network.outputs.includes(name) ? [undefined] : [];
    return [
      ...own,
      ...this.readers(name).flatMap((reader) => {
        if (reader.kind === 'quantiser') return [Number(reader.attributes['scale'])];
        return transparent.has(reader.kind) ? this.scalesBehind(reader.name) : [undefined];
      }),
    ];
  }
}

/** A layer of the format under construction. */
interface Written {
  readonly output: AresOutput;
  readonly reads: readonly string[];
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
  const graph = new Graph(network);
  const absorbed = new Map(
    network.layers.flatMap((layer) => (graph.roundedBy(layer) ? [[graph.roundedBy(layer)!.name, layer] as const] : [])),
  );
  /** The ARES layer that holds a value, and its scale. */
  const values = new Map<string, { readonly name: string; readonly scale: number | undefined }>(
    [...network.inputs.keys()].map((name) => [name, { name, scale: undefined }]),
  );
  const written: Written[] = [];
  for (const layer of network.layers) {
    const quantiser = absorbed.get(layer.name);
    if (quantiser && layer.kind === 'relu') continue; // its quantiser writes both
    const [first] = layer.inputs.map((input) => values.get(input)!);
    if (graph.roundedBy(layer) && graph.roundedBy(layer)!.kind !== 'relu') continue; // written where its values are made
    if (layer.kind === 'identity') {
      values.set(layer.name, first!);
      continue;
    }
    const one = writeLayer(graph, layer, quantiser, values);
    written.push(one);
    for (const name of [layer.name, quantiser?.name ?? layer.name]) values.set(name, { name: one.output.name, scale: one.outgoing });
  }
  return { layers: written.map(({ output }) => output), network: readBack(network, written) };
}

type Values = ReadonlyMap<string, { readonly name: string; readonly scale: number | undefined }>;

function writeLayer(graph: Graph, layer: Layer, quantiser: Layer | undefined, values: Values): Written {
  const relu = graph.roundedBy(layer);
  const inputs = (relu ?? layer).inputs;
  const reads = inputs.map((input) => values.get(input)!.name);
  const incoming = values.get(inputs[0]!)!.scale;
  const form = forms.get(relu?.kind ?? layer.kind);
  if (!form) throw cannotHold(layer.name, `a layer of kind ${layer.kind}`);
  const outgoing = outgoingScale(graph, layer, quantiser, incoming);
  const {
    type,
    fields,
    tensors = {},
  } = form({ layer, shapes: inputs.map((input) => graph.shapes.get(input)!), incoming, outgoing, reads });
  const name = quantiser?.name ?? layer.name;
  const scale = outgoing === undefined ? {} : { scale_output: outgoing };
  return {
    output: { name, type, fields: { ...fields, ...scale }, tensors, outputShape: graph.shapes.get(layer.name)! },
    reads,
    outgoing,
  };
}

/** The scale of the int8 result: its quantiser's, wherever that stands. */
function outgoingScale(graph: Graph, layer: Layer, quantiser: Layer | undefined, incoming: number | undefined): number | undefined {
  const { name, kind } = layer;
  const rounding = quantiser ?? layer;
  if (rounding.kind === 'quantiser') {
    const { lo, hi, scale } = rounding.attributes;
    if (lo !== -128 || hi !== 127)
      throw cannotHold(rounding.name, `a quantiser to ${lo}..${hi}`, 'use act_quant=Int8ActPerTensorFloat, signed and not narrow');
    return Number(scale);
  }
  const scales = graph.scalesBehind(name);
  const [scale] = scales;
  const same = scale !== undefined && scales.every((other) => other === scale);
  if (movers.has(kind) || keepsScale(layer)) return incoming;
  if (same) return scale;
  if (kind === 'relu' && incoming !== undefined) return incoming;
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
  { cases = [], force = false }: { readonly cases?: readonly TestCase[]; readonly force?: boolean } = {},
): Promise<void> {
  await writeDirectory(
    directory,
    async (temporary) => {
      await writeAresFiles(temporary, layers);
      if (cases.length === 0) return;
      const folder = join(temporary, 'test_cases');
      await mkdir(folder);
      await writeTestCases(folder, cases);
    },
    { force },
  );
}
