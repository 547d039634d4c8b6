import { afterAll, describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { BadInput } from '../../src/errors.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Layer } from '../../src/network/network.ts';
import { roundHalfEven } from '../../src/numeric/rounding.ts';
import { elements, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { selectiveScan } from '../../src/operators/selective-scan/selective-scan.ts';
import { softplusOf, softplusTable } from '../../src/operators/selective-scan/softplus.ts';
import type { Call } from '../../src/program/program.ts';
import { integers, layer, network, random } from '../networks.ts';
import {
  type Accuracy,
  compare,
  expectAsListed,
  floats,
  integersOf,
  noOutputs,
  normalBytes,
  outputs,
  quantiser,
  report,
} from './accuracy.ts';
import { type Scan, scan, scanAttributes } from './scan.ts';

const usual = noOutputs();
const slow = noOutputs();
afterAll(() => {
  console.log(report('SSM', usual));
  console.log(report('SSM, steps from 1e-6 to 1e-4, all noise', slow));
});

interface Sizes {
  readonly tokens: number;
  readonly channels: number;
  readonly states: number;
  readonly rank: number;
}

/** Integers of a scan's inputs and of dt's weights, and everything's scales; the bias of dt is softplus^-1(step). */
interface Drawn extends Sizes {
  readonly x: Tensor;
  readonly low: Tensor;
  readonly b: Tensor;
  readonly c: Tensor;
  readonly weights: Tensor;
  readonly scales: { readonly x: number; readonly low: number; readonly b: number; readonly c: number; readonly weights: number };
  readonly bias: readonly number[];
  readonly A: readonly number[];
  readonly D: readonly number[];
}

/** A and dt as Mamba begins with them; `factor` is D. */
function draw(sizes: Sizes, seed: number, step: (uniform: number) => number, factor = 1): Drawn {
  const { tokens, channels, states, rank } = sizes;
  const next = random(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const bytes = (...shape: number[]): Tensor => normalBytes(next, shape);
  const about = (scale: number): number => scale * (0.5 + next());
  return {
    ...sizes,
    x: bytes(1, tokens, channels),
    low: bytes(1, tokens, rank),
    b: bytes(1, tokens, states),
    c: bytes(1, tokens, states),
    weights: integers(next, 'i8', [channels, rank], -127, 127),
    scales: { x: about(0.02), low: about(0.02), b: about(0.02), c: about(0.02), weights: about(0.001) },
    bias: Array.from({ length: channels }, () => Math.log(Math.expm1(step(next())))),
    A: Array.from({ length: channels * states }, () => Math.fround(Math.exp(0.1 * normal()))),
    D: new Array<number>(channels).fill(factor),
  };
}

/** How many inputs and states of the only scan were limited. */
function saturated(inputs: { readonly [name: string]: Tensor }, layers: readonly Layer[]): number {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { type }]) => [name, type.shape]));
  const program = lower(network(shapes, layers, ['y']), { style: dyadic, fuse: false });
  const values = runReference(program, new Map([...program.inputs].map(([name, { source }]) => [name, inputs[source]!])));
  const [call] = program.steps.flatMap(({ stages }) => stages.filter(({ operator }) => operator === selectiveScan.name)) as [Call];
  return selectiveScan.saturations!(
    call.attributes,
    call.operands.map((name) => values.get(name) ?? program.constants.get(name)!),
  );
}

/** The same scan in double. */
function real({ tokens, channels, states, rank, x, low, b, c, weights, scales, bias, A, D }: Drawn): Scan {
  const times = ({ data }: Tensor, scale: number): number[] => Array.from(data, (value) => value * scale);
  const dt = Array.from({ length: tokens * channels }, (_, position) => {
    const [token, channel] = [Math.floor(position / channels), position % channels];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += low.data[token * rank + k]! * weights.data[channel * rank + k]!;
    return sum * scales.low * scales.weights + bias[channel]!;
  });
  return { tokens, channels, states, x: times(x, scales.x), dt, b: times(b, scales.b), c: times(c, scales.c), A, D };
}

/** The integers of the layers, and the real numbers in their steps. */
async function both(
  drawn: Drawn,
  tighter = 1,
  fewer = 0,
): Promise<{ readonly found: Tensor; readonly expected: Float64Array; readonly saturations: () => number }> {
  const { x, low, b, c, weights, scales, bias, channels, states } = drawn;
  const { y, state, input } = scan(real(drawn));
  const calibrated = scanAttributes({ state: Math.max(state, 2 ** -10), input: Math.max(input, 2 ** -20) }, scales.b);
  const step = y.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9) / 127;
  const layers = [
    ...(['x', 'low', 'b', 'c'] as const).map((name) => quantiser(`q${name}`, name, scales[name])),
    layer('dt', 'linear', ['qlow'], {}, { weights, scales: floats([scales.weights]), bias: floats(bias) }),
    layer(
      'scan',
      'selective-scan',
      ['qx', 'dt', 'qb', 'qc'],
      { stateScale: calibrated.stateScale / tighter, inputBits: calibrated.inputBits - fewer },
      { A: floats(drawn.A, [channels, states]), D: floats(drawn.D) },
    ),
    quantiser('y', 'scan', step),
  ];
  const found = await integersOf({ x, low, b, c }, layers);
  return { found, expected: y.map((value) => value / step), saturations: () => saturated({ x, low, b, c }, layers) };
}

/** softplus(bias) log-uniform from low to high. */
const steps = (low: number, high: number) => (uniform: number) => low * (high / low) ** uniform;

async function measure(into: Accuracy, count: number, step: (uniform: number) => number, factor: number): Promise<void> {
  const sizes: readonly Sizes[] = [
    { tokens: 60, channels: 32, states: 4, rank: 2 },
    { tokens: 80, channels: 24, states: 16, rank: 6 },
    { tokens: 200, channels: 8, states: 1, rank: 4 },
  ];
  for (let made = 0, seed = 1; made < count; seed++) {
    const { found, expected } = await both(draw(sizes[seed % 3]!, seed, step, factor));
    compare(into, found, (position) => expected[position]!);
    made += elements(found.type.shape);
  }
}

describe('a selective scan', () => {
  test('of normal values is the real one rounded, with steps from 0.001 to 0.1, as Mamba begins with them, and D of 1', {
    timeout: 600_000,
  }, async () => {
    await measure(usual, outputs, steps(0.001, 0.1), 1);
    expectAsListed(usual, 'selective scan');
  });

  test('of normal values differs by one in a hundred with steps from 1e-6 to 1e-4, where it is all noise, and D of 0', {
    timeout: 600_000,
  }, async () => {
    await measure(slow, outputs, steps(1e-6, 1e-4), 0);
    expectAsListed(slow, 'selective scan, all noise');
  });

  test.each([
    ['all -128', -128],
    ['all 127', 127],
    ['all 0', 0],
  ])('of inputs that are %s is the real one within a step', async (_, value) => {
    const drawn = draw({ tokens: 50, channels: 6, states: 8, rank: 3 }, 5, steps(0.001, 0.1));
    for (const part of [drawn.x, drawn.low, drawn.b, drawn.c]) part.data.fill(value);
    const { found, expected, saturations } = await both(drawn);
    expect(saturations()).toBe(0);
    expected.forEach((exact, position) => {
      expect(Math.abs(found.data[position]! - exact)).toBeLessThanOrEqual(0.5001);
    });
  });

  /** integersOf compares the engines; the integers themselves are no longer the real ones. */
  test.each([
    ['inputs', 2 ** 9, 0],
    ['states', 2 ** 9, 9],
  ])('saturates its %s instead of leaving 32 bits', async (_, tighter, fewer) => {
    const drawn = draw({ tokens: 60, channels: 4, states: 4, rank: 3 }, 6, steps(0.01, 0.05));
    drawn.x.data.fill(127);
    drawn.b.data.fill(127);
    drawn.c.data.fill(1);
    const { found, expected, saturations } = await both({ ...drawn, D: [0, 0, 0, 0] }, tighter, fewer);
    expect(saturations()).toBeGreaterThan(0);
    expect(found.data.some((integer, position) => Math.abs(integer - expected[position]!) > 20)).toBe(true);
  });

  test('goes on with the widest steps and rates: decays to nothing at once, or never', async () => {
    const drawn = draw({ tokens: 30, channels: 6, states: 3, rank: 3 }, 9, steps(0.01, 0.05));
    const bias = [200, -200, 120, -120, 17, -15.5];
    const { found } = await both({ ...drawn, bias, A: drawn.A.map((rate, index) => rate * [1, 1e-4, 3000][index % 3]!) });
    expect(found.data.every(Number.isInteger)).toBe(true);
  });
});

test('softplus is the real one, within 2^-17, over its whole range', () => {
  const next = random(8);
  let worst = 0;
  for (let trial = 0; trial < 200_000; trial++) {
    const p = trial < 4 ? [0, 1, -127 * 2 ** 16, 127 * 2 ** 16][trial]! : roundHalfEven((2 * next() - 1) * 2 ** (23 * next()));
    const x = p / 2 ** 16;
    const exact = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    worst = Math.max(worst, Math.abs(softplusOf(p, softplusTable.data) - exact * 2 ** 24));
  }
  expect(worst).toBeLessThan(2 ** 7 + 1);
});

test('what does not fit is refused in a sentence', async () => {
  const drawn = draw({ tokens: 3, channels: 2, states: 2, rank: 1 }, 7, steps(0.01, 0.1));
  const refusal = (changed: Partial<Drawn>): Promise<string> =>
    both({ ...drawn, ...changed }).then(
      () => 'lowered',
      (error: Error) => (error instanceof BadInput ? error.message : Promise.reject(error)),
    );
  expect(await refusal({ D: [1, 1, 1] })).toMatch(/3 factors of the input do not fit \[1, 3, 2\]/);
  expect(await refusal({ A: [1, 1, -1, 1] })).toMatch(/rates of decay from -1 to 1/);
  expect(await refusal({ b: tensor({ dtype: 'i8', shape: [1, 4, 2] }, new Int8Array(8).fill(9)) })).toMatch(/do not fit each other/);
});
