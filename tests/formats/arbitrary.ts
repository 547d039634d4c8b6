import fc from 'fast-check';
import { type Dtype, dtypes, elements, type Tensor, tensor } from '../../src/numeric/tensor.ts';

/** Any tensor of up to four axes, empty and scalar ones too, over the whole range of its dtype. */
export const anyTensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(dtypes) as Dtype[])),
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  })
  .chain(({ dtype, shape }) => {
    const length = elements(shape);
    return fc.array(anyElement(dtype), { minLength: length, maxLength: length }).map((data) => tensor({ dtype, shape }, data));
  });

function anyElement(dtype: Dtype): fc.Arbitrary<number> {
  if (dtype === 'f32') return fc.float();
  if (dtype === 'f64') return fc.double();
  if (dtype === 'i64') return fc.maxSafeInteger().map((value) => value + 0); // no -0: an integer has none
  return fc.integer({ min: dtypes[dtype].low, max: dtypes[dtype].high });
}
