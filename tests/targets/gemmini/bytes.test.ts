import { expect, test } from 'vitest';
import { gemmini } from '../../../src/hardware/gemmini.ts';
import { type Dtype, type Shape, type Tensor, type TensorType, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Call, Program, ProgramInput, Step } from '../../../src/program/program.ts';
import { bytes } from '../../../src/targets/gemmini/kernels/bytes.ts';
import { proveWith } from './prove.ts';

interface Rounded {
  readonly dtypes: readonly ('i8' | 'u8')[];
  readonly shape: Shape;
  /** Steps of the result that each operand's are. */
  readonly factors: readonly number[];
  readonly constant?: number;
  readonly lo: number;
  readonly hi: number;
  readonly behind?: readonly Call[];
}

/** Roundings of bytes and of sums of two, each of inputs of its own. */
function roundings(name: string, steps: { readonly [name: string]: Rounded }): Program {
  const inputs = new Map<string, ProgramInput>();
  const constants = new Map<string, Tensor>();
  const made = Object.entries(steps).map(([step, { dtypes, shape, factors, constant = 0, lo, hi, behind = [] }]): Step => {
    const names = dtypes.map((dtype, term) => {
      const type = { dtype: dtype as Dtype, shape };
      inputs.set(`${step}.${term}`, {
        type,
        source: `${step}.${term}`,
        scale: 1,
        ...(dtype === 'i8' ? { lo: -128, hi: 127 } : { lo: 0, hi: 255 }),
      });
      return `${step}.${term}`;
    });
    const wide = factors.map((factor) => Math.round(factor * 2 ** 28));
    const [first, second] = names as [string, string];
    const sum = names.length > 1;
    constants.set(`${step}.M`, tensor({ dtype: sum ? 'i64' : 'i32', shape: sum ? [1, 2] : [1] }, wide));
    constants.set(`${step}.B`, tensor({ dtype: 'i64', shape: [1] }, [Math.round(constant * 2 ** 28)]));
    constants.set(`${step}.E`, tensor({ dtype: 'u8', shape: [1] }, [28]));
    const own = ['M', 'B', 'E'].map((field) => `${step}.${field}`);
    const stages: Call[] = [
      { operator: sum ? 'dyadic-sum' : 'dyadic', operands: [first, ...own, ...(sum ? [second] : [])], attributes: { lo, hi, axis: 0 } },
      ...behind,
    ];
    let type: TensorType = { dtype: hi > 127 ? 'u8' : 'i8', shape };
    for (const { operator, operands, attributes } of behind)
      type = operators.get(operator)!.result(attributes, [type, ...operands.map((operand) => constants.get(operand)!.type)]);
    return { name: step, type, stages };
  });
  return { name, inputs, constants, steps: made, outputs: made.map((step) => step.name) };
}

const signed = { lo: -128, hi: 127 };
const unsigned = { lo: 0, hi: 255 };
const pooled: Call = {
  operator: 'max-pool',
  operands: [],
  attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false },
};
const cast = (M: string): Call => ({
  operator: 'dyadic',
  operands: [M, M.replace(/M$/, 'B'), M.replace(/M$/, 'E')],
  attributes: { ...signed, axis: 0 },
});

const several: { readonly [name: string]: Rounded } = {
  rescaled: { dtypes: ['i8'], shape: [1, 3, 37, 41], factors: [0.61], ...signed },
  'made signed': { dtypes: ['u8'], shape: [1, 2, 33, 32], factors: [0.502], ...signed },
  'made unsigned': { dtypes: ['i8'], shape: [1, 70, 65], factors: [2.013], ...unsigned },
  'kept unsigned, with a fraction': { dtypes: ['u8'], shape: [5001], factors: [0.87], constant: 3.4, ...unsigned },
  rectified: { dtypes: ['i8'], shape: [4099], factors: [-0.7], lo: 0, hi: 127 },
  'of one scale': { dtypes: ['i8', 'i8'], shape: [1, 3, 40, 41], factors: [0.75, 0.75], ...signed },
  'of one scale, unsigned': { dtypes: ['i8', 'i8'], shape: [1, 3, 40, 41], factors: [1.3753, 1.3753], ...unsigned },
  'halves and quarters': { dtypes: ['u8', 'i8'], shape: [1, 4, 32, 32], factors: [0.5, 0.25], ...signed },
  'of any scales': { dtypes: ['i8', 'i8'], shape: [1, 5, 41, 31], factors: [0.2595, 0.854], ...signed },
  'of any scales, unsigned': { dtypes: ['u8', 'u8'], shape: [1, 5, 41, 31], factors: [0.631, 0.447], ...unsigned },
  'of any scales, rectified': { dtypes: ['u8', 'i8'], shape: [1, 77, 53], factors: [0.3, -0.471], lo: 0, hi: 127 },
  followed: { dtypes: ['i8', 'i8'], shape: [1, 6, 26, 26], factors: [0.6815, 0.6815], ...signed, behind: [pooled, cast('rescaled.M')] },
};

test.each([8, 16, 32] as const)(
  'an array of %s rows rounds bytes and sums of two tensors, every integer right',
  async (dim) => {
    const kernels = await proveWith(bytes, roundings('bytes', several), { ...gemmini, dim });
    expect(kernels).toEqual(Object.keys(several).map(() => 'gemmini-bytes'));
  },
  120_000,
);

test('roundings that limit their results elsewhere than bytes end, and small tensors, are left to the core', async () => {
  const program = roundings('others', {
    narrow: { dtypes: ['i8'], shape: [1, 3, 37, 41], factors: [1.61], lo: -8, hi: 7 },
    small: { dtypes: ['i8'], shape: [60], factors: [0.61], ...signed },
  });
  expect(await proveWith(bytes, program, gemmini)).toEqual(['core', 'core']);
}, 120_000);
