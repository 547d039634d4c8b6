import { reducedBlocks, reducedShape } from '../../average-pool/axes.ts';
import { defineLayer } from '../../layer.ts';
import { narrowTerm, scaled } from '../lowered.ts';
import { noReals } from '../reals.ts';
import { mean, meanAttributes } from './mean.ts';

/** The average pool in front of Swin's head: the float32 mean over one axis, which goes. */
export const meanLayer = defineLayer({
  kind: 'ivit-mean',
  attributes: meanAttributes,
  required: [],
  optional: [],
  arity: [1, 1],
  shape({ attributes: { axis } }, [x]) {
    reducedBlocks({ axes: [axis], keep: false }, x!);
    return reducedShape({ axes: [axis], keep: false }, x!);
  },

  lower({ name, attributes: { axis } }, [x], to) {
    const term = narrowTerm(name, x, to);
    const scale = term.scale[0]!;
    const { value, type } = to.call(name, { operator: mean.name, operands: [term.value], attributes: { axis, scale } });
    return scaled(value, type, scale, term.limit[0]!);
  },

  real: noReals,
});
