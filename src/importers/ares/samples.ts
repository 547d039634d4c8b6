import { BadInput } from '../../errors.ts';
import type { TestCase } from '../../formats/test-cases.ts';
import type { Network } from '../../network/network.ts';
import { elements, type Tensor, tensor } from '../../numeric/tensor.ts';

/** The inputs of all cases one behind the other. An array that does not have the input's size is a BadInput. */
export function stackedInputs({ name: network, inputs }: Network, cases: readonly TestCase[]): ReadonlyMap<string, Tensor> {
  return new Map(
    [...inputs].map(([name, shape], at) => {
      const size = elements(shape);
      const data = new Float32Array(cases.length * size);
      for (const [index, one] of cases.entries()) {
        const given = one.inputs[at];
        if (given?.data.length === size) data.set(given.data, index * size);
        else {
          const where = `test case ${index + 1} of ${network}`;
          const found = given ? `${given.data.length} elements for ${name}` : `no array for ${name}`;
          throw new BadInput({ where, found, expected: `${size}`, remedy: 'write the test cases again' });
        }
      }
      return [name, tensor({ dtype: 'f32', shape: [cases.length, ...shape.slice(1)] }, data)];
    }),
  );
}
