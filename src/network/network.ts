import type { Attributes } from '../numeric/attributes.ts';
import type { Shape, Tensor } from '../numeric/tensor.ts';

/** The role of the numbers that say what a layer's weights mean: all above 0. */
export const scalesRole = 'scales';

/** A layer as its author wrote it: real scales, float biases; BatchNorm and ReLU are still layers of their own. */
export interface Layer {
  readonly name: string;
  readonly kind: string;
  /** Names of layers or network inputs: explicit edges, never inferred from order. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
  readonly tensors: { readonly [role: string]: Tensor };
  /** Where the author wrote it, `model.py:54`, when the source says so. */
  readonly location?: string;
}

/** The quantised graph, axis 0 of every shape being one sample (size 1). Inputs are float32 as the framework takes them. */
export interface Network {
  readonly name: string;
  readonly inputs: ReadonlyMap<string, Shape>;
  /** In an order in which they can run. */
  readonly layers: readonly Layer[];
  readonly outputs: readonly string[];
}
