import { afterAll, describe, expect, test } from 'vitest';
import { roundHalfEven } from '../../src/numeric/rounding.ts';
import { type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { integers, layer, random } from '../networks.ts';
import { atMost, compare, expectAsListed, integersOf, noOutputs, normalBytes, outputs, quantiser, report } from './accuracy.ts';

/** Of normal bytes, and of bytes that are all as frequent; with how many are expected to differ because the tables are rounded. */
const usual = { accuracy: noOutputs(), expected: 0 };
const uniform = { accuracy: noOutputs(), expected: 0 };
afterAll(() => {
  console.log(report('RoPE', usual.accuracy));
  console.log(`${report('RoPE of uniform bytes', uniform.accuracy)}; ${uniform.expected.toFixed(1)} expected of rounded tables`);
});

const unit = 2 ** 22;
const positions = 64;
const size = 32;
const pairs = size / 2;
const angle = (place: number): number => Math.floor(place / pairs) * 10000 ** (-(place % pairs) / pairs);
const table = (of: (angle: number) => number) =>
  tensor(
    { dtype: 'i32', shape: [positions, pairs] },
    Array.from({ length: positions * pairs }, (_, place) => roundHalfEven(unit * of(angle(place)))),
  );
const tables = { cos: table(Math.cos), sin: table(Math.sin) };

const forms: readonly (readonly [form: string, interleaved: boolean])[] = [
  ['neighbours', true],
  ['halves', false],
];
const drawn: readonly (readonly [values: string, into: typeof usual, draw: (next: () => number, shape: Shape) => Tensor])[] = [
  ['normal values', usual, (next, shape) => normalBytes(next, shape)],
  ['values that are all as frequent', uniform, (next, shape) => integers(next, 'i8', shape, -128, 127)],
];

describe('rotary positions', { timeout: 600_000 }, () => {
  describe.each(forms)('in the form of %s', (_, interleaved) => {
    test.each(drawn)('are the real turns of %s, rounded', async (_values, into, draw) => {
      const next = random(interleaved ? 1 : 2);
      const { accuracy } = into;
      for (const enough = accuracy.count + outputs / 2; accuracy.count < enough; ) {
        const x = draw(next, [1, 8, positions, size]);
        const scale = 0.02 * (0.5 + next());
        const output = next() < 1 / 3 ? scale : 0.02 * (0.5 + next());
        const found = await integersOf({ x }, [
          quantiser('qx', 'x', scale),
          layer('turned', 'rope', ['qx'], { interleaved }, tables),
          quantiser('y', 'turned', output),
        ]);
        compare(accuracy, found, (position) => {
          const [row, column] = [Math.floor(position / size), position % size];
          const first = interleaved ? column % 2 === 0 : column < pairs;
          const place = (row % positions) * pairs + (interleaved ? column >> 1 : column % pairs);
          const partner = x.data[row * size + (interleaved ? column ^ 1 : (column + pairs) % size)]! * (first ? -1 : 1);
          const own = x.data[position]!;
          const [cos, sin] = [Math.cos(angle(place)), Math.sin(angle(place))];
          const real = ((own * cos + partner * sin) * scale) / output;
          const error = own * (tables.cos.data[place]! / unit - cos) + partner * (tables.sin.data[place]! / unit - sin);
          if (Math.abs(real) < 127.5) into.expected += (Math.abs(error) * scale) / output;
          return real;
        });
      }
    });
  });

  test('differ no more than the page about numbers says of normal values, nor than the rounding of their tables explains', () => {
    expectAsListed(usual.accuracy, 'RoPE');
    for (const { accuracy, expected } of [usual, uniform]) expect(accuracy.differ).toBeLessThanOrEqual(atMost(expected));
    expect(uniform.accuracy.largest).toBeLessThanOrEqual(1);
  });
});
