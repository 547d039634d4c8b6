import type { Attributes } from '../../../src/numeric/attributes.ts';
import { type Dtype, dtypes, type Shape, type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import { sequence } from '../../targets/programs.ts';
import type { Trial } from '../harness.ts';

export const next = sequence(20);
export const activations: readonly Dtype[] = ['i8', 'u8', 'i16', 'u16'];
export const integers: readonly Dtype[] = [...activations, 'i32'];

/** Limits whose narrowest type is the dtype. */
export const limits: Readonly<Record<string, { lo: number; hi: number }>> = {
  i8: { lo: -128, hi: 127 },
  u8: { lo: 0, hi: 255 },
  i16: { lo: -32768, hi: 32767 },
  u16: { lo: 0, hi: 65535 },
  i32: { lo: -(2 ** 31), hi: 2 ** 31 - 1 },
};

export type Fill = (index: number) => number;

const make = (dtype: Dtype, shape: Shape, fill: Fill): Tensor => {
  const result = tensor({ dtype, shape });
  for (let index = 0; index < result.data.length; index++) result.data[index] = fill(index);
  return result;
};

/** Fills for an operand of which nothing but its type is known: random twice, least, greatest, and a mixture of the two. */
function fills({ low, high }: { readonly low: number; readonly high: number }): readonly Fill[] {
  const random = (): number => next(low, high);
  return [random, random, () => low, () => high, () => (next(0, 1) === 0 ? low : high)];
}

export interface Operand {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** The values, where the operand cannot hold just any. */
  readonly fill?: Fill;
  readonly range?: { readonly low: number; readonly high: number };
}

/** A step of several calls; each call lists the operands that it adds. */
export function pipe(
  calls: readonly { readonly operator: string; readonly operands: readonly Operand[]; readonly attributes?: Attributes }[],
): Trial {
  const named = new Map<string, Operand>();
  let previous: readonly Tensor['type'][] = [];
  const stages = calls.map(({ operator, operands, attributes = {} }) => {
    const names = operands.map((operand) => {
      const name = `operand ${named.size}`;
      named.set(name, operand);
      return name;
    });
    previous = [operators.get(operator)!.result(attributes, [...previous, ...operands])];
    return { operator, operands: names, attributes };
  });
  const cases = Array.from({ length: 5 }, (_, index) => {
    const values = Array.from(named, ([name, { dtype, shape, fill, range }]): [string, Tensor] => [
      name,
      make(dtype, shape, fill ?? fills(range ?? dtypes[dtype])[index]!),
    ]);
    return new Map(values);
  });
  return { step: { name: calls.map(({ operator }) => operator).join(' | '), type: previous[0]!, stages }, cases };
}

export const single = (operator: string, attributes: Attributes, ...operands: readonly Operand[]): Trial =>
  pipe([{ operator, operands, attributes }]);

export const product = <A, B>(first: readonly A[], second: readonly B[]): [A, B][] =>
  first.flatMap((a) => second.map((b): [A, B] => [a, b]));

export const weights = (shape: Shape): Operand => ({ dtype: 'i8', shape });
