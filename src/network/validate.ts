import type * as z from 'zod';
import { BadInput } from '../errors.ts';
import type { Attributes } from '../numeric/attributes.ts';
import { dtypes, type Shape, type Tensor } from '../numeric/tensor.ts';
import { type Layer, type Network, scalesRole } from './network.ts';

/** What validation needs to know of a kind of layer. */
export interface LayerRules {
  readonly attributes: z.ZodType;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly arity: readonly [number, number];
  shape(layer: { name: string; attributes: Attributes; tensors: Layer['tensors'] }, inputs: readonly Shape[]): Shape;
}

const complain = (where: string, found: string, expected: string, remedy: string): never => {
  throw new BadInput({ where, found, expected, remedy });
};

const placeOf = ({ name, location }: Layer): string => `layer ${name}${location ? ` (${location})` : ''}`;

function checkTensor(layer: Layer, role: string, { type, data }: Tensor): void {
  const integers = Number.isFinite(dtypes[type.dtype].low);
  const bad = integers ? -1 : data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    complain(placeOf(layer), `${role} with the value ${data[bad]} at element ${bad}`, 'finite numbers', 'export the model again');
}

function checkLayer(layer: Layer, rules: LayerRules): void {
  const where = placeOf(layer);
  const parsed = rules.attributes.safeParse(layer.attributes);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    complain(where, `attribute ${issue?.path.join('.')}: ${issue?.message}`, `attributes of a ${layer.kind}`, 'export the model again');
  }
  const [least, most] = rules.arity;
  if (layer.inputs.length < least || layer.inputs.length > most) {
    complain(where, `${layer.inputs.length} inputs`, least === most ? `${least}` : `${least} to ${most}`, 'export the model again');
  }
  for (const role of rules.required) if (!layer.tensors[role]) complain(where, `no tensor ${role}`, 'one', 'export the model again');
  for (const [role, tensor] of Object.entries(layer.tensors)) {
    if (!rules.required.includes(role) && !rules.optional.includes(role)) {
      complain(where, `a tensor ${role}`, `only ${[...rules.required, ...rules.optional].join(', ') || 'none'}`, 'export the model again');
    }
    checkTensor(layer, role, tensor);
    const zero = role === scalesRole ? tensor.data.findIndex((value) => value <= 0) : -1;
    if (zero >= 0)
      complain(where, `${role} with the value ${tensor.data[zero]}`, 'scales above 0', 'calibrate the quantiser and export again');
  }
}

/** Checks names, edges, order, attributes and tensors, and returns every value's shape. A BadInput names the first layer that is wrong. */
export function validateNetwork(network: Network, kinds: ReadonlyMap<string, LayerRules>): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  const all = new Set(network.layers.map(({ name }) => name));
  for (const [name, shape] of network.inputs) {
    if (shape.some((size) => !Number.isInteger(size) || size < 1))
      complain(`input ${name}`, `shape [${shape.join(', ')}]`, 'positive sizes', 'give a sample of the right shape');
    shapes.set(name, shape);
  }
  if (network.inputs.size === 0) complain(`network ${network.name}`, 'no inputs', 'at least one', 'export the model again');
  for (const layer of network.layers) {
    const rules = kinds.get(layer.kind);
    const where = placeOf(layer);
    if (!rules) return complain(where, `a layer of kind ${layer.kind}`, `one of ${[...kinds.keys()].join(', ')}`, 'export the model again');
    if (shapes.has(layer.name)) complain(where, 'a second layer of this name', 'unique names', 'rename one of them');
    checkLayer(layer, rules);
    const inputs = layer.inputs.map((input) => {
      const shape = shapes.get(input);
      if (shape) return shape;
      return all.has(input)
        ? complain(
            where,
            `an input from ${input}, which comes later or depends on it`,
            'a graph without cycles, in an order that can run',
            'remove the cycle',
          )
        : complain(
            where,
            `an input from ${input}, which is not in the network`,
            'an input or a layer of the network',
            'export the model again',
          );
    });
    try {
      shapes.set(layer.name, rules.shape(layer, inputs));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      complain(where, error.message, 'shapes that fit', 'check the shape of the sample and of this layer');
    }
  }
  for (const name of network.outputs)
    if (!shapes.has(name)) complain(`output ${name}`, 'no layer of this name', 'a layer of the network', 'export the model again');
  if (network.outputs.length === 0) complain(`network ${network.name}`, 'no outputs', 'at least one', 'return a tensor from forward()');
  return shapes;
}
