import { afterAll, describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import type { Layer } from '../../src/network/network.ts';
import { elements, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { binsOf } from '../../src/operators/rfft/rfft.ts';
import { integers, layer, random } from '../networks.ts';
import {
  type Accuracy,
  compare,
  expectAsListed,
  expectNoWorse,
  integersOf,
  noOutputs,
  normalBytes,
  outputs,
  quantiser,
  report,
} from './accuracy.ts';

type Part = 'magnitude' | 'phase';
const accuracies: Readonly<Record<Part, Accuracy>> = { magnitude: noOutputs(), phase: noOutputs() };
const finest = noOutputs();
afterAll(() => {
  console.log(report('RFFT magnitude', accuracies.magnitude));
  console.log(report('RFFT phase', accuracies.phase));
  console.log(report('RFFT phase in steps of pi / 127', finest));
});

interface Bin {
  readonly re: number;
  readonly im: number;
}

/** The transform of rows of integers in double, what cancels being 0. */
function transform({ type: { shape }, data }: Tensor): Bin[] {
  const length = shape.at(-1)!;
  const bins = binsOf(length);
  return Array.from({ length: (data.length / length) * bins }, (_, position) => {
    const first = Math.floor(position / bins) * length;
    let [re, im] = [0, 0];
    for (let n = 0; n < length; n++) {
      const angle = (2 * Math.PI * (((position % bins) * n) % length)) / length;
      re += data[first + n]! * Math.cos(angle);
      im -= data[first + n]! * Math.sin(angle);
    }
    const whole = (sum: number): number => (Math.abs(sum) < 1e-9 ? 0 : sum);
    return { re: whole(re), im: whole(im) };
  });
}

const spectrum = (part: Part, scale: number, step: number, hi = 127): Layer[] => [
  quantiser('qx', 'x', scale),
  layer('part', 'rfft', ['qx'], { part }),
  quantiser('y', 'part', step, { lo: hi === 127 ? -128 : 0, hi }),
];

/** What a part of the transform is in double. */
const realOf = (part: Part, { re, im }: Bin): number => (part === 'magnitude' ? Math.hypot(re, im) : Math.atan2(im, re));

const parts: readonly Part[] = ['magnitude', 'phase'];

describe.each(parts)('the %s of a transform of 40', { timeout: 600_000 }, (part) => {
  test('is the real one rounded, of values up to 127, 40 or 3 that are all as frequent, in steps from the finest to one that both parts share', async () => {
    const next = random(part === 'phase' ? 1 : 2);
    for (let made = 0, seed = 0; made < outputs; seed++) {
      const shape = [100, 40];
      const size = [127, 127, 40, 3][seed % 4]!;
      const x = integers(next, 'i8', shape, -size, size);
      const scale = 0.02 * (0.5 + next());
      const step = part === 'magnitude' ? (scale * size * (2 + 10 * next())) / 127 : Math.PI * (1 / 127 + next() / 10);
      const found = await integersOf({ x }, spectrum(part, scale, step));
      const bins = transform(x);
      compare(accuracies[part], found, (position) => (realOf(part, bins[position]!) * (part === 'magnitude' ? scale : 1)) / step);
      made += elements(found.type.shape);
    }
  });

  test('differs no more than the page about numbers says', () => {
    expectAsListed(accuracies[part], `RFFT ${part}`);
  });
});

test('phases in the finest steps, pi / 127, differ by less than the mean error of an angle', { timeout: 600_000 }, async () => {
  const next = random(3);
  const step = Math.PI / 127;
  while (finest.count < outputs) {
    const x = normalBytes(next, [400, 40]);
    const bins = transform(x);
    const found = await integersOf({ x }, spectrum('phase', 0.02, step));
    compare(finest, found, (position) => realOf('phase', bins[position]!) / step);
  }
  // twiddles rounded to 2^-18 turn a bin by 2^-18 / sqrt(6) on the mean, where none of them is exact
  expectNoWorse(finest, 2 ** -18 / Math.sqrt(6) / step);
});

const rows = (...all: readonly (readonly number[])[]): Tensor => tensor({ dtype: 'i8', shape: [all.length, all[0]!.length] }, all.flat());
const flat = (value: number): number[] => new Array<number>(8).fill(value);

describe('extreme rows', () => {
  test('a constant is all at frequency 0, a tie going to the even integer', async () => {
    const x = rows(flat(-128), flat(127), flat(0), [3, 0, 0, 0, 0, 0, 0, 0], [-5, 0, 0, 0, 0, 0, 0, 0]);
    const magnitudes = await integersOf({ x }, spectrum('magnitude', 1, 8));
    expect(Array.from(magnitudes.data.subarray(0, 15))).toEqual([127, 0, 0, 0, 0, 127, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const halves = await integersOf({ x }, spectrum('magnitude', 1, 2));
    expect(Array.from(halves.data.subarray(15))).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2]); // 1.5 and 2.5
  });

  test('a tie whose power is no double goes to the even integer', async () => {
    const x = rows([96, ...flat(0).slice(1)], [-32, ...flat(0).slice(1)]);
    const found = await integersOf({ x }, spectrum('magnitude', 2 ** 20, 2 ** 26));
    expect(Array.from(found.data)).toEqual([2, 2, 2, 2, 2, 0, 0, 0, 0, 0]);
  });

  test('no angle is that of 0, half a turn that of a negative constant', async () => {
    const x = rows(flat(-128), flat(127), flat(0));
    const found = await integersOf({ x }, spectrum('phase', 1, Math.PI / 100));
    expect(Array.from(found.data)).toEqual([100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('an angle between two steps belongs to the one further from 0', async () => {
    const x = rows([5, 0, 0, 5], [5, 5, 0, 0]);
    const found = await integersOf({ x }, spectrum('phase', 1, Math.PI / 2));
    expect(Array.from(found.data)).toEqual([0, 1, 0, 0, -1, 0]);
  });

  test('an unsigned quantiser has magnitudes up to 255 and no negative phases', async () => {
    const x = integers(random(9), 'i8', [20, 40], -128, 127);
    const magnitudes = await integersOf({ x }, spectrum('magnitude', 1, 3, 255));
    expect(Math.max(...magnitudes.data)).toBeGreaterThan(127);
    const phases = await integersOf({ x }, spectrum('phase', 1, 0.1, 255));
    expect([Math.min(...phases.data), Math.max(...phases.data)]).toEqual([0, 31]);
  });
});

describe('what has no exact integers is refused in a sentence', () => {
  const x = rows(flat(1));
  const refusal = (...layers: readonly Layer[]): Promise<string> =>
    integersOf({ x }, layers).then(
      () => 'lowered',
      (error: Error) => (error instanceof BadInput ? error.message : Promise.reject(error)),
    );

  test('a nonlinearity, a sum or an output of spectra that nothing has rounded', async () => {
    const [qx, part] = spectrum('magnitude', 1, 1) as [Layer, Layer];
    const y = (input: string) => quantiser('y', input, 1);
    expect(await refusal(qx, part, layer('act', 'unary', ['part'], { function: 'gelu' }), y('act'))).toMatch(
      /^layer y: found the result of part, changed/,
    );
    expect(await refusal(qx, part, layer('sum', 'add', ['part', 'part']), y('sum'))).toMatch(
      /^layer y: found values that only a quantiser can make/,
    );
    expect(await refusal(qx, part)).toMatch(/^layer part: found values that only a quantiser can make/);
  });

  test('steps of the phase beyond a whole turn, rows whose sums leave 32 bits', async () => {
    expect(await refusal(...spectrum('phase', 1, 7))).toMatch(/a phase in steps of 7, all of which round to 0/);
    const long = tensor({ dtype: 'i8', shape: [1, 200] });
    await expect(integersOf({ x: long }, spectrum('phase', 1, 0.1))).rejects.toThrow(
      /values from -\d+ to \d+, expected values that fit i32/,
    );
  });
});
