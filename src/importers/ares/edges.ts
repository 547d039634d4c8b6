import type { Layer, Network } from '../../network/network.ts';
import { validateNetwork } from '../../network/validate.ts';
import type { Shape } from '../../numeric/tensor.ts';
import { layers as kinds } from '../../operators/layers.ts';

/** What only moves values: without an int8 result of its own in the format. */
export const movers: ReadonlySet<string> = new Set(['max-pool', 'reshape', 'permute', 'pad']);

/** What only moves or limits values: a quantiser behind it rounds what is in front of it. */
export const transparent: ReadonlySet<string> = new Set([...movers, 'identity', 'relu']);

/** A Network seen from its edges. */
export class Graph {
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

  /** The layer that makes a value; undefined for an input of the network. */
  layer(name: string): Layer | undefined {
    return this.#layers.get(name);
  }

  readers(name: string): readonly Layer[] {
    return this.#readers.get(name) ?? [];
  }

  isOutput(name: string): boolean {
    return this.network.outputs.includes(name);
  }

  /** The value that identities hand on. */
  behindIdentities(name: string): string {
    const layer = this.#layers.get(name);
    return layer?.kind === 'identity' ? this.behindIdentities(layer.inputs[0]!) : name;
  }

  /** The scales of all quantisers that round a value; undefined for each reader that none of them is. */
  scalesBehind(name: string): readonly (number | undefined)[] {
    const own = this.isOutput(name) ? [undefined] : [];
    return [
      ...own,
      ...this.readers(name).flatMap((reader) => {
        if (reader.kind === 'quantiser') return [Number(reader.attributes['scale'])];
        return transparent.has(reader.kind) ? this.scalesBehind(reader.name) : [undefined];
      }),
    ];
  }

  /** The first quantiser that follows a value, whatever stands in between. */
  nextQuantiser(name: string): Layer | undefined {
    const readers = this.readers(name);
    return readers.find(({ kind }) => kind === 'quantiser') ?? readers.map((reader) => this.nextQuantiser(reader.name)).find(Boolean);
  }
}
