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

interface Unit {
  readonly layer: Layer;
  readonly quantiser?: Layer;
}

/** Whether a layer and the quantiser behind it are one in the format: a ReLU, or what bears the quantiser's name, as the importer writes it. */
const isOne = (layer: Layer, quantiser: Layer): boolean =>
  quantiser.kind === 'quantiser' &&
  (layer.kind === 'relu' || (layer.name.startsWith(`${quantiser.name}.`) && !transparent.has(layer.kind) && layer.kind !== 'quantiser'));

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

  readers(name: string): readonly Layer[] {
    return this.#readers.get(name) ?? [];
  }

  /** The Network's layers as those of the format: a layer and, where one ARES layer is both, the quantiser of its result. */
  units(): Unit[] {
    return this.network.layers.flatMap((layer): Unit[] => {
      const quantiser = this.#quantiserOf(layer);
      if (quantiser) return layer.kind === 'relu' ? [] : [{ layer, quantiser }];
      const source = this.#layers.get(layer.inputs[0]!);
      if (source && this.#quantiserOf(source) === layer) return source.kind === 'relu' ? [{ layer: source, quantiser: layer }] : [];
      return layer.kind === 'identity' ? [] : [{ layer }];
    });
  }

  /** The quantiser that is one with a layer in the format, where nothing else reads that. */
  #quantiserOf(layer: Layer): Layer | undefined {
    const [reader, ...others] = this.readers(layer.name);
    const alone = others.length === 0 && !this.network.outputs.includes(layer.name);
    return reader && alone && isOne(layer, reader) ? reader : undefined;
  }

  /** The value that identities hand on. */
  behindIdentities(name: string): string {
    const layer = this.#layers.get(name);
    return layer?.kind === 'identity' ? this.behindIdentities(layer.inputs[0]!) : name;
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
  const written = new Map<string, Written>();
  for (const unit of graph.units()) {
    const one = writeUnit(graph, unit, written);
    for (const { name } of [unit.layer, unit.quantiser ?? unit.layer]) written.set(name, one);
  }
  const all = [...new Set(written.values())];
  return { layers: all.map(({ output }) => output), network: readBack(network, all) };
}

function writeUnit(graph: Graph, { layer, quantiser }: Unit, written: ReadonlyMap<string, Written>): Written {
  const sources = layer.inputs.map((input) => graph.behindIdentities(input));
  const reads = sources.map((source) => written.get(source)?.output.name ?? source);
  const incoming = written.get(sources[0]!)?.outgoing;
  const form = forms.get(layer.kind);
  if (!form) throw cannotHold(layer.name, `a layer of kind ${layer.kind}`);
  const outgoing = outgoingScale(graph, layer, quantiser, incoming);
  const shapes = sources.map((source) => graph.shapes.get(source)!);
  const { type, fields, tensors = {} } = form({ layer, shapes, incoming, outgoing, reads });
  const name = quantiser?.name ?? layer.name;
  const scale = outgoing === undefined ? {} : { scale_output: outgoing };
  return { output: { name, type, fields: { ...fields, ...scale }, tensors, outputShape: graph.shapes.get(name)! }, reads, outgoing };
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
  if (movers.has(kind) || keepsScale(layer)) return incoming;
  const scales = graph.scalesBehind(name);
  const [scale] = scales;
  if (scale !== undefined && scales.every((other) => other === scale)) return scale;
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
