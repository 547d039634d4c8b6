import { expect, test } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import { type Dtype, elements, type Shape, type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Call, Program, ProgramInput, Step } from '../../../src/program/program.ts';
import { convolutionBetween } from '../../../src/targets/gemmini/kernels/convolution-between.ts';
import { sequence } from '../programs.ts';
import { proveWith } from './prove.ts';

const prove = (program: Program, declaration: GemminiDeclaration): Promise<string[]> => proveWith(convolutionBetween, program, declaration);

interface Layer {
  readonly dtype: 'i8' | 'u8';
  readonly image: Shape;
  readonly weights: Shape;
  readonly stride?: readonly number[];
  readonly padding?: readonly number[];
  readonly groups?: number;
  readonly lo: number;
  readonly hi: number;
  readonly uniform?: boolean;
  /** A bias and one float32 multiplication, in place of a dyadic rounding. */
  readonly scaled?: boolean;
  readonly behind?: readonly Call[];
}

/** Convolutions, each of an input of its own, with a rounding of random multipliers and biases. */
function convolutions(name: string, layers: { readonly [name: string]: Layer }): Program {
  const next = sequence(11);
  const filled = (dtype: Dtype, shape: Shape, low: number, high: number): Tensor => {
    const made = tensor({ dtype, shape });
    for (let index = 0; index < made.data.length; index++) made.data[index] = next(low, high);
    return made;
  };
  const inputs = new Map<string, ProgramInput>();
  const constants = new Map<string, Tensor>();
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
      scaled = false,
      behind = [],
    } = given;
    const [outputs] = weights as [number];
    const count = uniform ? 1 : outputs;
    const depth = elements(weights) / outputs;
    inputs.set(`${layer}.x`, {
      ...{ type: { dtype, shape: image }, source: `${layer}.x`, scale: 1 },
      ...(dtype === 'i8' ? { lo: -128, hi: 127 } : { lo: 0, hi: 255 }),
    });
    // About as many results as there are levels, for sums as random weights have them.
    const slope = (2 ** 30 * 1.5) / Math.sqrt(depth) / 80;
    constants.set(`${layer}.w`, filled('i8', weights, -128, 127));
    constants.set(`${layer}.M`, filled('i32', [count], Math.round(-slope / 3), Math.round(slope)));
    constants.set(`${layer}.B`, filled('i64', [count], -(2 ** 41), 2 ** 43));
    constants.set(`${layer}.E`, filled('u8', [count], 36, 37));
    constants.set(`${layer}.bias`, filled('i32', [outputs], -30_000, 30_000));
    constants.set(
      `${layer}.m`,
      tensor(
        { dtype: 'f32', shape: [count] },
        Array.from({ length: count }, () => Math.fround(next(-300, 1000) / 2 ** 17)),
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

const pooled: Call = {
  operator: 'max-pool',
  operands: [],
  attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false },
};

const small: { readonly [name: string]: Layer } = {
  unsigned: { dtype: 'u8', image: [1, 5, 11, 13], weights: [21, 5, 3, 3], padding: [1, 1, 1, 1], lo: 0, hi: 255 },
  signed: { dtype: 'i8', image: [1, 3, 9, 7], weights: [33, 3, 2, 3], padding: [1, 0, 0, 2], lo: -128, hi: 127, uniform: true },
  rectified: { dtype: 'i8', image: [1, 20, 6, 6], weights: [7, 20, 1, 1], stride: [2, 1], lo: 0, hi: 127 },
  depthwise: {
    dtype: 'u8',
    image: [1, 37, 8, 9],
    weights: [37, 1, 3, 3],
    stride: [2, 2],
    padding: [1, 1, 1, 1],
    groups: 37,
    lo: 0,
    hi: 255,
  },
  followed: { dtype: 'i8', image: [1, 2, 10, 10], weights: [9, 2, 3, 3], padding: [1, 1, 1, 1], lo: -128, hi: 127, behind: [pooled] },
};

test.each([8, 16, 32] as const)(
  'an array of %s rows rounds the sums of convolutions, every integer right',
  async (dim) => {
    const kernels = await prove(convolutions('small', small), { ...gemmini, dim });
    expect(new Set(kernels)).toEqual(new Set(['gemmini-convolution-between']));
  },
  120_000,
);

test('roundings by one float32 multiplication, of sums with a bias, are read out once or twice', async () => {
  const layer: Layer = {
    dtype: 'i8',
    image: [1, 4, 9, 10],
    weights: [19, 4, 3, 3],
    padding: [1, 1, 1, 1],
    lo: -128,
    hi: 127,
    scaled: true,
  };
  const program = convolutions('scaled', {
    once: layer,
    uniform: { ...layer, uniform: true, behind: [pooled] },
    rectified: { ...layer, lo: 0 },
    unsigned: { ...layer, lo: 0, hi: 255 },
    lines: { ...layer, image: [1, 2, 36, 32], weights: [3, 2, 1, 1], padding: [0, 0, 0, 0] },
  });
  expect(new Set(await prove(program, gemmini))).toEqual(new Set(['gemmini-convolution-between']));
}, 120_000);

test('more positions than the accumulator holds are computed a few lines at a time', async () => {
  const large: Layer = { dtype: 'u8', image: [1, 3, 40, 44], weights: [18, 3, 3, 3], padding: [1, 1, 1, 1], lo: 0, hi: 255 };
  expect(await prove(convolutions('large', { large }), gemmini)).toEqual(['gemmini-convolution-between']);
}, 120_000);

test('several groups of several channels, and other widths than a byte, are left to other kernels', async () => {
  const program = convolutions('others', {
    groups: { dtype: 'u8', image: [1, 6, 5, 5], weights: [4, 3, 3, 3], groups: 2, lo: 0, hi: 255 },
    wide: { dtype: 'i8', image: [1, 6, 5, 5], weights: [4, 6, 3, 3], lo: -32768, hi: 32767 },
  });
  expect(await prove(program, gemmini)).toEqual(['core', 'core']);
}, 120_000);
