import { BadInput } from '../errors.ts';
import type { Picture } from '../formats/images/picture.ts';
import { normalised } from '../importers/ivit/recipe.ts';
import type { Network } from '../network/network.ts';
import { elements, printType, type Tensor, tensor } from '../numeric/tensor.ts';
import type { Program } from '../program/program.ts';
import { quantiseInput } from '../program/quantise.ts';
import type { Values } from './deployment.ts';
import type { GivenArray, Sample } from './samples.ts';

/** The side of the square pictures that a network takes; a BadInput for one that takes something else. */
export function pictureSide({ name, inputs }: Network): number {
  const [shape = []] = inputs.values();
  const [batch, colours, rows = 0, columns] = shape;
  if (inputs.size === 1 && shape.length === 4 && batch === 1 && colours === 3 && rows === columns) return rows;
  throw new BadInput({
    where: name,
    found: `the inputs ${[...inputs].map(([input, sizes]) => `${input} [${sizes.join(', ')}]`).join(', ')}`,
    expected: 'one input [1, 3, side, side], which takes a picture',
    remedy: 'give this network its samples as .npy: bitwright infer --input',
  });
}

/** What the network takes for each brightness of each colour, f32 [1, 3, 1, 256]: f32(f32(f32(u8 / 255) - mean) / deviation). */
const brightness = (): Tensor =>
  normalised(
    tensor(
      { dtype: 'u8', shape: [1, 3, 1, 256] },
      Uint8Array.from({ length: 768 }, (_, at) => at % 256),
    ),
  );

/**
 * Makes pictures of the network's size the Program's inputs. Normalising and quantising depend on the colour and its brightness alone, so they
 * are a table of 3 x 256 integers.
 */
export function pictureInputs(program: Program): (picture: Picture) => Values {
  const values = brightness().data;
  const tables = Array.from(program.inputs, ([name, input]) => {
    const { data } = quantiseInput({ ...input, type: { dtype: input.type.dtype, shape: [768] } }, values);
    return { name, type: input.type, table: data };
  });
  return ({ data }) =>
    new Map(
      tables.map(({ name, type, table }) => {
        const result = tensor(type);
        const size = elements(type.shape) / 3;
        for (let c = 0; c < 3; c++) {
          for (let at = 0; at < size; at++) result.data[c * size + at] = table[256 * c + data[3 * at + c]!]!;
        }
        return [name, result];
      }),
    );
}

/** A picture of the network's size as its float input, normalised as ImageNet's are. */
export function pictureSample({ inputs }: Network, { width, height, data }: Picture): Sample {
  const [input] = inputs.keys();
  const size = width * height;
  const planes = Uint8Array.from({ length: 3 * size }, (_, at) => data[3 * (at % size) + Math.floor(at / size)]!);
  return new Map([[input!, normalised(tensor({ dtype: 'u8', shape: [1, 3, height, width] }, planes))]]);
}

/**
 * Grey pictures [pictures, rows, columns] of integers, `white` the brightest, as samples: each element becomes a square of the network's pixels
 * in three equal colours, and is normalised as a photo is.
 */
export function greySamples(network: Network, { where, array }: GivenArray, white: number): Sample[] {
  const side = pictureSide(network);
  const [count = 0, rows = 0, columns] = array.type.shape;
  if (array.type.shape.length !== 3 || rows !== columns || rows === 0 || side % rows !== 0) {
    throw new BadInput({
      where,
      found: `an array ${printType(array.type)}`,
      expected: `grey pictures [N, side, side] whose side divides ${side}`,
      remedy: 'leave --white away for samples that are normalised',
    });
  }
  const [input] = network.inputs.keys();
  const [size, each] = [side / rows, rows * rows];
  return Array.from({ length: count }, (_, number) => {
    const grey = array.data.subarray(number * each, (number + 1) * each);
    const pixels = Float64Array.from({ length: 3 * side * side }, (_, at) => {
      const [y, x] = [Math.floor(at / side) % side, at % side];
      return grey[Math.floor(y / size) * rows + Math.floor(x / size)]!;
    });
    return new Map([[input!, normalised(tensor({ dtype: 'f64', shape: [1, 3, side, side] }, pixels), white)]]);
  });
}
