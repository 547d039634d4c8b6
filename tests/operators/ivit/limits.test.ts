import { describe, expect, test } from 'vitest';
import { BadInput } from '../../../src/errors.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ivit } from '../../../src/lowering/styles/ivit.ts';
import type { Layer } from '../../../src/network/network.ts';
import { type Shape, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Program } from '../../../src/program/program.ts';
import { verifyProgram } from '../../../src/program/verify.ts';
import { Sketch } from '../../engine/programs.ts';
import { layer, network } from '../../networks.ts';

const floats = (shape: Shape, value = 1) => tensor({ dtype: 'f32', shape }, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value));
const input = (scale = 0.05): Layer => layer('x', 'ivit-quantise', ['image'], { bits: 8, scale });

/** What lowering says of layers behind an image [1, 4, 8]; the last one is the output. */
function refusal(...layers: readonly Layer[]): string {
  try {
    lower(network({ image: [1, 4, 8] }, layers, [layers.at(-1)!.name]), { style: ivit });
  } catch (error) {
    if (error instanceof BadInput) return error.message;
    throw error;
  }
  return 'lowered';
}

describe('what cannot be exact is refused in a sentence', () => {
  test('a GELU whose scale is so small that its result leaves 16 bits; the table behind it holds what the QuantAct makes of any', () => {
    const layers = [input(0.0005), layer('act', 'ivit-gelu', ['x']), layer('y', 'ivit-quantise', ['act'], { bits: 16, scale: 0.1 })];
    expect(() => lower(network({ image: [1, 4, 8] }, layers, ['y']), { style: ivit, fuse: false })).toThrow(
      /^layer act: found a scale of 0\.000500 of its input.* expected a scale of at least 0\.00115\. .*inputs that reach 0\.15 there/,
    );
    expect(refusal(...layers)).toBe('lowered');
  });

  test.each([8, 16])('a Softmax to %d bits whose scale is so small that an exponential overflows', (bits) => {
    const behind = [layer('p', 'ivit-softmax', ['x'], { bits }), layer('y', 'ivit-quantise', ['p'], { bits: 16, scale: 0.1 })];
    expect(refusal(input(1e-5), ...behind)).toMatch(/^layer p: found a scale of 0\.0000100 .* expected a scale of at least 0\.0000153\./);
    expect(refusal(input(2 ** -16), ...behind)).toBe('lowered');
  });

  test('a scale, small or large, with which float32 overflows', () => {
    for (const scale of [1e-50, 1e-40, 1e-31, 1e31, 1e38, 1e40]) {
      const said = refusal(input(scale), layer('act', 'ivit-gelu', ['x']), layer('y', 'ivit-quantise', ['act'], { bits: 8, scale: 0.1 }));
      expect(said).toMatch(/^layer x: found a scale of .*, expected a scale from 2\^-100 to 2\^100/);
    }
  });

  test('the least scales that the sentences name are enough', () => {
    const act = [layer('act', 'ivit-gelu', ['x']), layer('y', 'ivit-quantise', ['act'], { bits: 16, scale: 0.1 })];
    const whole = network({ image: [1, 4, 8] }, [input(0.00115), ...act], ['y']);
    expect(lower(whole, { style: ivit, fuse: false }).steps).not.toHaveLength(0);
    const shares = [layer('p', 'ivit-softmax', ['x'], { bits: 8 }), layer('y', 'ivit-quantise', ['p'], { bits: 16, scale: 0.1 })];
    expect(refusal(input(0.0000153), ...shares)).toBe('lowered');
  });

  test('a class token that no integer of 32 bits holds in steps of the scale', () => {
    const token = layer('cls', 'ivit-class-token', ['x'], {}, { token: floats([8], 1e12) });
    expect(refusal(input(), token, layer('y', 'ivit-quantise', ['cls'], { bits: 16, scale: 0.1 }))).toMatch(
      /^layer cls: found a class token of up to \d+ steps/,
    );
  });

  test('a LayerNorm scale below the normal floats', () => {
    const norm = layer('norm', 'ivit-layer-norm', ['x'], {}, { bias: floats([8]), scale: floats([8], 1e-40) });
    expect(refusal(input(), norm, layer('y', 'ivit-quantise', ['norm'], { bits: 8, scale: 0.1 }))).toMatch(
      /^layer y: found a scale of 1\.00e-40 in channel 0 of its input, expected one of at least 2\^-126/,
    );
  });

  test('a residual whose integers float32 does not bring back', () => {
    const token = layer('cls', 'ivit-class-token', ['x'], {}, { token: floats([8], 1e6) });
    expect(refusal(input(), token, layer('y', 'ivit-quantise', ['cls', 'cls'], { bits: 16, scale: 0.1 }))).toMatch(
      /^layer y: found a sum of integers of up to 2\d+, expected integers below 4194304/,
    );
  });

  test('a module whose input nothing has rounded', () => {
    expect(refusal(layer('act', 'ivit-gelu', ['image']))).toMatch(/^layer act: found .*float input/);
    expect(refusal(layer('p', 'ivit-parameter', [], {}, { value: floats([1, 4, 8]) }), layer('act', 'ivit-gelu', ['p']))).toMatch(
      /^layer act: found/,
    );
    expect(refusal(input(), layer('a', 'ivit-gelu', ['x']), layer('b', 'ivit-gelu', ['a']))).toMatch(/^layer b: found/);
  });

  test('a position bias whose table is computed while the Program runs', () => {
    const index = tensor({ dtype: 'i32', shape: [2, 2] }, [0, 1, 1, 0]);
    const flat = layer('flat', 'reshape', ['x'], { shape: [4, 8] });
    expect(refusal(input(), flat, layer('bias', 'ivit-position-bias', ['flat'], {}, { index }))).toMatch(
      /^layer bias: found a table that is no quantised parameter/,
    );
  });

  test('biases, masks, tokens and indices that do not fit', () => {
    expect(refusal(input(), layer('n', 'ivit-layer-norm', ['x'], {}, { bias: floats([7]), scale: floats([8]) }))).toMatch(
      /7 biases or scales do not fit rows of 8/,
    );
    expect(refusal(input(), layer('s', 'ivit-softmax', ['x'], { bits: 8 }, { mask: floats([4, 8]) }))).toMatch(
      /a mask of \[4, 8\] does not fit logits of \[1, 4, 8\]/,
    );
    expect(refusal(input(), layer('c', 'ivit-class-token', ['x'], {}, { token: floats([9]) }))).toMatch(
      /a token of \[9\] does not fit tokens of \[1, 4, 8\]/,
    );
    expect(refusal(input(), layer('m', 'ivit-matmul', ['x', 'x'], { transpose: false, factor: 1 }))).toMatch(
      /matrices \[1, 4, 8\] and \[1, 4, 8\] do not multiply/,
    );
  });
});

describe('the proof that nothing overflows', () => {
  const context = (tokens: number, operator: string): Program => {
    const sketch = new Sketch();
    const x = sketch.input('x', { dtype: operator === 'convert' ? 'u16' : 'i8', shape: [1, 1, tokens, tokens] });
    const v = sketch.input('v', { dtype: 'i8', shape: [1, 1, tokens, 8] });
    sketch.step('p', [operator, [x], operator === 'convert' ? { dtype: 'u16' } : { scale: 0.05, bits: 16 }]);
    sketch.step('y', ['matmul', ['p', v], { transpose: false }]);
    return sketch.program('y');
  };

  test('knows that probabilities sum to one: images of any size', () => {
    const { range } = verifyProgram(context(3000, 'ivit-softmax'), operators).get('y')!;
    expect(range.high).toBeLessThan(2 ** 22 + 2 ** 12);
  });

  test('takes any 16 bits for what they can be', () => {
    expect(() => verifyProgram(context(600, 'convert'), operators)).toThrow(/step y, matmul.*values that fit i32/);
  });
});
