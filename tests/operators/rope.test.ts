import { afterAll, describe, expect, test } from 'vitest';
import { roundHalfEven } from '../../src/numeric/rounding.ts';
import { elements, tensor } from '../../src/numeric/tensor.ts';
import { integers, layer, random } from '../networks.ts';
import { compare, integersOf, noOutputs, outputs, quantiser, report, rootMeanSquare } from './accuracy.ts';

const accuracy = noOutputs();
afterAll(() => console.log(report('RoPE', accuracy)));

const positions = 64;
const size = 32;
const pairs = size / 2;
const angle = (place: number): number => Math.floor(place / pairs) * 10000 ** (-(place % pairs) / pairs);
const table = (of: (angle: number) => number) =>
  tensor(
    { dtype: 'i32', shape: [positions, pairs] },
    Array.from({ length: positions * pairs }, (_, place) => roundHalfEven(2 ** 22 * of(angle(place)))),
  );
const tables = { cos: table(Math.cos), sin: table(Math.sin) };

describe('rotary positions', () => {
  test.each([
    [true, 'neighbours'],
    [false, 'halves'],
  ])('are the real turns rounded, in the form of %s (%s)', async (interleaved) => {
    const next = random(interleaved ? 1 : 2);
    for (let seed = 0, made = 0; made < outputs / 2; seed++) {
      const shape = [1, 8, positions, size];
      const x = seed % 8 === 0 ? integers(next, 'i8', shape, -128, -128) : integers(next, 'i8', shape, -128, 127);
      const scale = 0.02 * (0.5 + next());
      const output = seed % 3 === 0 ? scale : 0.02 * (0.5 + next());
      const found = await integersOf({ x }, [
        quantiser('qx', 'x', scale),
        layer('turned', 'rope', ['qx'], { interleaved }, tables),
        quantiser('y', 'turned', output),
      ]);
      compare(accuracy, found, (position) => {
        const [row, column] = [Math.floor(position / size), position % size];
        const first = interleaved ? column % 2 === 0 : column < pairs;
        const pair = interleaved ? column >> 1 : column % pairs;
        const partner = x.data[row * size + (interleaved ? column ^ 1 : (column + pairs) % size)]!;
        const turn = angle((row % positions) * pairs + pair);
        const own = x.data[position]!;
        const turned = own * Math.cos(turn) + (first ? -partner : partner) * Math.sin(turn);
        return (turned * scale) / output;
      });
      made += elements(shape);
    }
  });

  test('differ no more than measured before: 0.0004 %, RMS 0.002, by 1', () => {
    expect(accuracy.largest).toBeLessThanOrEqual(1);
    expect(accuracy.differ).toBeLessThanOrEqual(4e-6 * accuracy.count + 3); // chance, where few differ
    expect(rootMeanSquare(accuracy) ** 2).toBeLessThanOrEqual(0.002 ** 2 + 3 / accuracy.count);
  });
});
