import { BadInput } from '../errors.ts';
import { f32 } from '../numeric/rounding.ts';
import { elements, printType, type Shape, sameShape, type Tensor, tensor } from '../numeric/tensor.ts';
import type { Program } from '../program/program.ts';
import { quantiseInput } from '../program/quantise.ts';

/** What the network is given once: a float32 tensor for each of its inputs by name, axis 0 having size 1. */
export type Sample = ReadonlyMap<string, Tensor>;

/** An array as the user gave it, and the file that it came from. */
export interface GivenArray {
  readonly where: string;
  readonly array: Tensor;
}

/**
 * Cuts arrays, one for each input of the network in its order and all with samples along axis 0, into samples. Elements of any dtype become
 * float32, divided by `divisor` in float32 as PyTorch does (1 leaves them as they are). Axes of size 1 may be left out. A BadInput names the
 * file whose shape does not fit.
 */
export function splitSamples(inputs: ReadonlyMap<string, Shape>, arrays: readonly GivenArray[], divisor = 1): Sample[] {
  if (arrays.length !== inputs.size) {
    throw new BadInput({
      where: arrays.map(({ where }) => where).join(', ') || 'the inputs',
      found: `${arrays.length} arrays`,
      expected: `one for each input of the network (${[...inputs.keys()].join(', ')})`,
      remedy: 'give one file for each input, in this order',
    });
  }
  const pieces = [...inputs].map(([name, shape], index) => cut(name, shape, arrays[index]!, divisor));
  const [{ length: count }] = pieces as [Tensor[]];
  const odd = pieces.findIndex(({ length }) => length !== count);
  if (odd >= 0) {
    throw new BadInput({
      where: arrays[odd]!.where,
      found: `${pieces[odd]!.length} samples`,
      expected: `${count}, as in ${arrays[0]!.where}`,
      remedy: 'give as many samples for each input',
    });
  }
  const names = [...inputs.keys()];
  return Array.from({ length: count }, (_, sample) => new Map(names.map((name, index) => [name, pieces[index]![sample]!])));
}

const withoutOnes = (shape: Shape): Shape => shape.filter((size) => size !== 1);

function cut(name: string, shape: Shape, { where, array }: GivenArray, divisor: number): Tensor[] {
  const inner = shape.slice(1);
  if (array.type.shape.length === 0 || !sameShape(withoutOnes(array.type.shape.slice(1)), withoutOnes(inner))) {
    throw new BadInput({
      where,
      found: `an array ${printType(array.type)}`,
      expected: `samples of the input ${name}, f32[N,${inner.join(',')}]`,
      remedy: 'save the array again in this shape',
    });
  }
  const size = elements(inner);
  const by = f32(divisor);
  return Array.from({ length: array.type.shape[0]! }, (_, sample) => {
    const part = array.data.subarray(sample * size, (sample + 1) * size);
    return tensor(
      { dtype: 'f32', shape },
      Float32Array.from(part, (value) => f32(value) / by),
    );
  });
}

/** The inputs of the Program for one sample. */
export const quantiseSample = (program: Program, sample: Sample): Map<string, Tensor> =>
  new Map([...program.inputs].map(([name, input]) => [name, quantiseInput(input, sample.get(input.source)!.data)]));
