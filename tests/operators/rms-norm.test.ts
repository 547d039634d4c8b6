import { afterAll, expect, test } from 'vitest';
import { layer, random } from '../networks.ts';
import { byte, compare, expectAsListed, floats, integersOf, noOutputs, quantiser, report, rowBlocks } from './accuracy.ts';

const accuracy = noOutputs();
afterAll(() => console.log(report('RMSNorm', accuracy)));

test('RMSNorm is the real one rounded, but within 1e-7 of a tie', async () => {
  for (const { x, seed } of rowBlocks([32, 1, 192, 5, 704, 64])) {
    const [rows = 0, length = 0] = x.type.shape;
    const next = random(seed);
    const scale = 2 ** -6 * (0.5 + next());
    const output = 0.04 * (0.75 + 0.5 * next());
    const epsilon = seed % 5 === 0 ? 0.1 : 1e-5;
    const gamma = Array.from({ length }, () => 2 * next() - 0.5);
    const found = await integersOf({ x }, [
      quantiser('qx', 'x', scale),
      layer('norm', 'rms-norm', ['qx'], { epsilon }, { gamma: floats(gamma) }),
      quantiser('y', 'norm', output),
    ]);
    const roots = Array.from({ length: rows }, (_, row) => {
      const squares = Array.from(x.data.subarray(row * length, (row + 1) * length)).reduce((sum, value) => sum + value ** 2, 0);
      return Math.sqrt(squares / length + epsilon / scale ** 2);
    });
    const gain = (position: number): number => gamma[position % length]!;
    const real = (position: number): number => {
      const value = x.data[position]! === 0 ? 0 : x.data[position]! / roots[Math.floor(position / length)]!;
      return (value * gain(position)) / output;
    };
    compare(accuracy, found, real, byte, (position) => output / Math.abs(gain(position)));
  }
  expectAsListed(accuracy, 'RMSNorm');
  expect(accuracy.distance).toBeLessThan(1e-7);
});
