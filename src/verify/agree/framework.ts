import { BadInput } from '../../errors.ts';
import { type Shape, type Tensor, tensor } from '../../numeric/tensor.ts';
import { valueTypes } from '../../program/lifetimes.ts';
import type { Program } from '../../program/program.ts';
import type { Sample } from '../samples.ts';
import { givenName } from './cut.ts';

/** What the source framework itself computed, axis 0 counting samples. */
export interface Framework {
  readonly count: number;
  /** float32, by the name of the network's input. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** The integers of every quantiser by the name of its layer. */
  readonly integers: ReadonlyMap<string, Tensor>;
  /** float32, by the name of the output. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** One sample of a tensor whose axis 0 counts them: a view, not a copy. */
export function sampleOf({ type, data }: Tensor, sample: number, count: number): Tensor {
  const size = data.length / count;
  const shape: Shape = [type.shape[0]! / count, ...type.shape.slice(1)];
  return { type: { dtype: type.dtype, shape }, data: data.subarray(sample * size, (sample + 1) * size) };
}

/** What the framework was given for one sample. */
export const inputSample = ({ inputs, count }: Framework, sample: number): Sample =>
  new Map([...inputs].map(([name, values]) => [name, sampleOf(values, sample, count)]));

/** The framework's integers of one sample as inputs of the cut Program. A BadInput names a quantiser that cannot be the Program's. */
export function givenIntegers(program: Program, { integers, count }: Framework, sample: number): Map<string, Tensor> {
  const types = valueTypes(program);
  return new Map(
    [...integers].map(([name, all]) => {
      const theirs = sampleOf(all, sample, count);
      const type = types.get(name);
      const refuse = (found: string, expected: string, cause?: unknown): never => {
        const remedy = 'export the bundle again with bitwright extract';
        throw new BadInput({ where: `the framework's integers of ${name}`, found, expected, remedy }, { cause });
      };
      if (type === undefined) return refuse('a quantiser that the network has not', 'one of its layers');
      try {
        return [givenName(name), tensor(type, Array.from(theirs.data))] as const;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return refuse(error.message, `${type.dtype}[${type.shape.join(',')}]`, error);
      }
    }),
  );
}
