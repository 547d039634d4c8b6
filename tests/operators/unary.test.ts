import { afterAll, describe, expect, test } from 'vitest';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import { unaryFunctions } from '../../src/numeric/functions.ts';
import { elements } from '../../src/numeric/tensor.ts';
import { integers, layer, network, random } from '../networks.ts';
import { compare, expectAsListed, floats, integersOf, noOutputs, outputs, quantiser, report } from './accuracy.ts';

const accuracy = noOutputs();
afterAll(() => console.log(report('Unary functions of a raw i32', accuracy)));

const names = Object.keys(unaryFunctions);

describe.each(names)('%s of a linear layer that no quantiser rounds', (name) => {
  const { evaluate } = unaryFunctions[name]!;

  test('is the real one, rounded once', async () => {
    const next = random(names.indexOf(name) + 1);
    for (let made = 0, seed = 0; made < outputs / names.length; seed++) {
      const [rows, depth, channels] = [50, 24, 40];
      const x = integers(next, 'i8', [rows, depth], -128, 127);
      const weights = integers(next, 'i8', [channels, depth], -127, 127);
      const reach = [1, 4, 12, 60][seed % 4]! * (0.5 + next());
      const scale = 0.02 * (0.5 + next());
      const scales = Array.from({ length: channels }, () => (reach / (scale * 60 * 60 * Math.sqrt(depth))) * (0.3 + next()));
      const bias = scales.map(() => reach * (next() - 0.5));
      const sums = Array.from({ length: rows * channels }, (_, position) => {
        const [row, channel] = [Math.floor(position / channels), position % channels];
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += x.data[row * depth + k]! * weights.data[channel * depth + k]!;
        return sum * scale * scales[channel]! + bias[channel]!;
      });
      const largest = sums.reduce((most, value) => Math.max(most, Math.abs(evaluate(value))), 0);
      const step = (largest / 127) * (0.7 + 0.6 * next());
      const found = await integersOf({ x }, [
        quantiser('qx', 'x', scale),
        layer('fc', 'linear', ['qx'], {}, { weights, scales: floats(scales), bias: floats(bias) }),
        layer('act', 'unary', ['fc'], { function: name }),
        quantiser('y', 'act', step),
      ]);
      compare(accuracy, found, (position) => evaluate(sums[position]!) / step);
      made += elements(found.type.shape);
    }
  });

  test('has few thresholds', () => {
    const x = layer('qx', 'quantiser', ['x'], { scale: 0.02, lo: -128, hi: 127 });
    const weights = integers(random(3), 'i8', [8, 16], -127, 127);
    const fc = layer('fc', 'linear', ['qx'], {}, { weights, scales: floats([0.01]) });
    const layers = [x, fc, layer('act', 'unary', ['fc'], { function: name }), quantiser('y', 'act', 0.03)];
    const { constants } = lower(network({ x: [1, 16] }, layers, ['y']), { style: dyadic });
    expect(elements(constants.get('y.thresholds')!.type.shape)).toBeLessThan(360);
  });
});

test('differ no more than measured before: 4 in 6 million, by 1', () => {
  expectAsListed(accuracy, 'GELU, SiLU and others of raw sums');
});
