import { type Dtype, elements, type NumberArray, type Tensor, type TensorType, tensor } from '../../../numeric/tensor.ts';
import { requantise } from '../../../operators/ivit/quantise/requantise.ts';
import { rescale } from '../../../operators/ivit/quantise/rescale.ts';
import { dyadic } from '../../../operators/requantise/dyadic.ts';
import { float32 } from '../../../operators/requantise/float32.ts';
import type { Operators } from '../../../program/operator.ts';
import type { Call, Program } from '../../../program/program.ts';

/** Roundings of one element by constants of its channel, each step of which never falls, or never rises, as the element rises. */
const monotone: ReadonlySet<string> = new Set([dyadic.name, float32.name, requantise.name, rescale.name]);

/** A call that rounds sums to 8 bits, as a function of numbers. */
export interface Rounding {
  /** Channels of its constants; 1 where all sums have the same. */
  readonly channels: number;
  readonly axis: number;
  readonly dtype: Dtype;
  /** 0 where it limits its results to that from below. */
  readonly lo: number;
  /** The results of sums, each with its channel: the operator's own definition. */
  evaluate(sums: Int32Array, channels: Int32Array): NumberArray;
}

/** The call as a function; undefined where it is none that rises or falls throughout, or gives more than 8 bits. */
export function roundingOf(
  { operator: name, operands, attributes }: Call,
  { constants }: Program,
  operators: Operators,
): Rounding | undefined {
  const own = operands.map((operand) => constants.get(operand));
  if (!monotone.has(name) || !own.every((constant) => constant !== undefined)) return undefined;
  const operator = operators.get(name)!;
  const { lo, hi, axis } = attributes as { readonly lo: number; readonly hi: number; readonly axis: number };
  if (lo < -128 || hi > (lo < 0 ? 127 : 255)) return undefined;
  const channels = elements(own[0]!.type.shape);

  return {
    channels,
    axis,
    lo,
    dtype: lo < 0 ? 'i8' : 'u8',
    evaluate(sums, of) {
      const shape = [sums.length];
      const x = tensor({ dtype: 'i32', shape }, sums);
      const gathered = own.map(({ type, data }): Tensor => {
        const each = tensor({ dtype: type.dtype, shape });
        for (let index = 0; index < of.length; index++) each.data[index] = data[of[index]!]!;
        return each;
      });
      const every = { ...attributes, axis: 0 };
      const type: TensorType = operator.result(every, [x.type, ...gathered.map((constant) => constant.type)]);
      const y = tensor(type);
      operator.evaluate(every, [x, ...gathered], y);
      return y.data;
    },
  };
}
