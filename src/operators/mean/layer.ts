import { tensor } from '../../numeric/tensor.ts';
import { reducedBlocks, reducedShape, reductionAttributes } from '../average-pool/axes.ts';
import { axisSum } from '../average-pool/axis-sum.ts';
import { defineLayer } from '../layer.ts';
import { accumulatorMeaning, quantised } from '../meaning.ts';
import { contractReal, real } from '../real.ts';

export const meanLayer = defineLayer({
  kind: 'mean',
  attributes: reductionAttributes,
  required: [],
  optional: [],
  arity: [1, 1],
  shape({ attributes }, [input]) {
    reducedBlocks(attributes, input!);
    return reducedShape(attributes, input!);
  },

  lower({ name, attributes }, [x], to) {
    const { term } = quantised(name, x, to);
    const { size } = reducedBlocks(attributes, term.type.shape);
    const { value, type } = to.call(`${name}~sum`, { operator: axisSum.name, operands: [term.value], attributes });
    const meaning = accumulatorMeaning({ value, type, scale: term.scale, limit: [term.limit[0]! * size] }, 0);
    return { ...meaning, counts: tensor({ dtype: 'i32', shape: [1] }, [size]) };
  },

  real({ attributes }, [x]) {
    const { size } = reducedBlocks(attributes, x.shape);
    const sums = contractReal(axisSum, attributes, x, tensor({ dtype: 'f64', shape: [0] }), reducedShape(attributes, x.shape));
    return real(
      sums.shape,
      (position) => sums.values[position]! / size,
      (position) => sums.bracket[position]! / size,
    );
  },
});
