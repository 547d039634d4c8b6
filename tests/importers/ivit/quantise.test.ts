import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantise, quantiseWeights } from '../../../src/importers/ivit/quantise.ts';
import { tensor } from '../../../src/numeric/tensor.ts';

const weight = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, min: -1, max: 1 }),
  fc.integer({ min: -255, max: 255 }).map((steps) => Math.fround(steps / 254)),
  fc.constantFrom(0, -0, 2 ** -23, 1e-38),
);

test('a row of weights is quantised as each of them is', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 40 }), (row) => {
      const { weights, scales } = quantiseWeights(tensor({ dtype: 'f32', shape: [1, row.length] }, Float32Array.from(row)));
      const [scale = 0] = scales.data;
      expect(scale).toBeGreaterThanOrEqual(2 ** -23);
      expect([...weights.data]).toEqual(row.map((value) => quantise(value, scale, 8)));
    }),
    { numRuns: 500 },
  );
});
