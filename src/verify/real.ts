import type { Network } from '../network/network.ts';
import type { Real } from '../operators/layer.ts';
import { layers } from '../operators/layers.ts';

/**
 * The value of `target` in exact reals (double), from the values that `given` knows; what it does not know is computed from its inputs.
 * `remember` is filled with what was computed on the way.
 */
export function realValue(network: Network, target: string, given: (name: string) => Real | undefined, remember: Map<string, Real>): Real {
  const known = given(target) ?? remember.get(target);
  if (known) return known;
  const layer = network.layers.find(({ name }) => name === target);
  if (!layer) throw new RangeError(`the network has no value ${target}`);
  const [first, ...others] = layer.inputs.map((input) => realValue(network, input, given, remember));
  const value = layers.get(layer.kind)!.real(layer, [first!, ...others]);
  remember.set(target, value);
  return value;
}
