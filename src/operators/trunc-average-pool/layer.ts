import * as z from 'zod';
import { tensor } from '../../numeric/tensor.ts';
import { poolCounts } from '../average-pool/counts.ts';
import { averageReal, pooledShape, sumWindows } from '../average-pool/layer.ts';
import { defineLayer } from '../layer.ts';
import { poolAttributes } from '../max-pool/max-pool.ts';
import { largest, quantisedMeaning } from '../meaning.ts';
import { real } from '../real.ts';
import { dyadic } from '../requantise/dyadic.ts';

/** Brevitas's TruncAvgPool: the sum shifted by `shift` bits (to the left where negative), its scale being the attribute. */
export const truncAveragePoolLayer = defineLayer({
  kind: 'trunc-average-pool',
  attributes: poolAttributes.extend({ shift: z.int().min(-30).max(30), scale: z.number().positive(), lo: z.int(), hi: z.int() }),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: ({ attributes }, [input]) => pooledShape(attributes, input!),

  lower({ name, attributes }, [x], to) {
    const { shift, scale, lo, hi } = attributes;
    const settled = to.settle(`${name}~in`, x);
    const counts = poolCounts(settled.shape, { ...attributes, countPadding: true });
    const sums = sumWindows(name, settled, attributes, counts, to);
    const one = (role: string, dtype: 'i32' | 'i64' | 'u8', entry: number) =>
      to.constant(`${name}.${role}`, tensor({ dtype, shape: [1] }, [entry]));
    const exponent = Math.max(shift, 1);
    const operands = [sums.terms[0].value, one('M', 'i32', 2 ** (exponent - shift)), one('B', 'i64', 0), one('E', 'u8', exponent)];
    const { value, type } = to.call(name, { operator: dyadic.name, operands, attributes: { axis: 1, lo, hi } });
    return quantisedMeaning(value, type, scale, largest({ lo, hi }));
  },

  real({ attributes }, [x]) {
    const mean = averageReal(x, { ...attributes, countPadding: true });
    const { scale, lo, hi } = attributes;
    return real(
      mean.shape,
      (position) => Math.min(Math.max(mean.values[position]!, lo * scale), hi * scale),
      (position) => mean.bracket[position]!,
    );
  },
  unrounded: ({ attributes }, [x]) => averageReal(x, { ...attributes, countPadding: true }),
});
