import { type Dtype, elements, type Shape, type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Call, Program, ProgramInput, Step } from '../../../src/program/program.ts';
import { sequence } from '../programs.ts';

export interface Layer {
  readonly dtype: 'i8' | 'u8';
  readonly image: Shape;
  readonly weights: Shape;
  readonly stride?: readonly number[];
  readonly padding?: readonly number[];
  readonly groups?: number;
  readonly lo: number;
  readonly hi: number;
  readonly uniform?: boolean;
  /** One positive multiplier for all channels. */
  readonly rising?: boolean;
  /** A bias and one float32 multiplication, in place of a dyadic rounding. */
  readonly scaled?: boolean;
  readonly behind?: readonly Call[];
}

/** A rounding of bytes, about half as large. */
export const halved: Call = { operator: 'dyadic', operands: ['half.M', 'half.B', 'half.E'], attributes: { lo: -128, hi: 127, axis: 0 } };

/** Convolutions, each of an input of its own, with a rounding of random multipliers and biases. */
export function convolutions(name: string, layers: { readonly [name: string]: Layer }): Program {
  const next = sequence(11);
  const filled = (dtype: Dtype, shape: Shape, low: number, high: number): Tensor => {
    const made = tensor({ dtype, shape });
    for (let index = 0; index < made.data.length; index++) made.data[index] = next(low, high);
    return made;
  };
  const inputs = new Map<string, ProgramInput>();
  const constants = new Map<string, Tensor>([
    ['half.M', tensor({ dtype: 'i32', shape: [1] }, [1_077_952_551])],
    ['half.B', tensor({ dtype: 'i64', shape: [1] }, [0])],
    ['half.E', tensor({ dtype: 'u8', shape: [1] }, [31])],
  ]);
  const steps = Object.entries(layers).map(([layer, given]): Step => {
    const {
      dtype,
      image,
      weights,
      stride = [1, 1],
      padding = [0, 0, 0, 0],
      groups = 1,
      lo,
      hi,
      uniform = false,
      rising = false,
      scaled = false,
      behind = [],
    } = given;
    const [outputs] = weights as [number];
    const count = uniform ? 1 : outputs;
    const depth = elements(weights) / outputs;
    const all = (dtype: Dtype, value: number): Tensor => tensor({ dtype, shape: [count] }, new Array<number>(count).fill(value));
    inputs.set(`${layer}.x`, {
      ...{ type: { dtype, shape: image }, source: `${layer}.x`, scale: 1 },
      ...(dtype === 'i8' ? { lo: -128, hi: 127 } : { lo: 0, hi: 255 }),
    });
    // About as many results as there are levels, for sums as random weights have them.
    const slope = (2 ** 30 * 1.5) / Math.sqrt(depth) / 80;
    constants.set(`${layer}.w`, filled('i8', weights, -128, 127));
    constants.set(
      `${layer}.M`,
      rising ? all('i32', Math.round(slope * 0.7)) : filled('i32', [count], Math.round(-slope / 3), Math.round(slope)),
    );
    constants.set(`${layer}.B`, filled('i64', [count], -(2 ** 41), 2 ** 43));
    constants.set(`${layer}.E`, rising ? all('u8', 36) : filled('u8', [count], 36, 37));
    constants.set(`${layer}.bias`, filled('i32', [outputs], -30_000, 30_000));
    constants.set(
      `${layer}.m`,
      tensor(
        { dtype: 'f32', shape: [count] },
        Array.from({ length: count }, () => Math.fround((rising ? 700 : next(-300, 1000)) / 2 ** 17)),
      ),
    );
    const stages: Call[] = [
      { operator: 'convolution', operands: [`${layer}.x`, `${layer}.w`], attributes: { stride, padding, groups } },
      ...(scaled
        ? [
            { operator: 'bias', operands: [`${layer}.bias`], attributes: { axis: 1 } },
            { operator: 'float32', operands: [`${layer}.m`], attributes: { lo, hi, axis: 1 } },
          ]
        : [{ operator: 'dyadic', operands: [`${layer}.M`, `${layer}.B`, `${layer}.E`], attributes: { lo, hi, axis: 1 } }]),
      ...behind,
    ];
    let type = operators.get('convolution')!.result(stages[0]!.attributes, [
      { dtype, shape: image },
      { dtype: 'i8', shape: weights },
    ]);
    for (const call of stages.slice(1)) {
      const own = call.operands.map((operand) => constants.get(operand)!.type);
      type = operators.get(call.operator)!.result(call.attributes, [type, ...own]);
    }
    return { name: layer, type, stages };
  });
  return { name, inputs, constants, steps, outputs: steps.map((step) => step.name) };
}

/** The greatest of square windows, all inside. */
export const greatest = (size: number, step = size): Call => ({
  operator: 'max-pool',
  operands: [],
  attributes: { kernel: [size, size], stride: [step, step], padding: [0, 0, 0, 0], ceil: false },
});
export const pooled = greatest(2);
