import * as z from 'zod';
import { tensor } from '../../numeric/tensor.ts';
import { int8, layer } from './build.ts';
import type { Composite } from './composite.ts';

const fields = z.object({ scale: z.number().positive(), scale_equalizer: z.number().positive().optional() });
type Positional = z.infer<typeof fields>;

/** Learned positions, added. With a `scale_equalizer` both sides are rounded to it first, as ARES does; without one only the sum is rounded. */
export const positional: Composite<Positional> = {
  type: 'PositionalEmbedding',
  fields,
  structures: [{ scale: 1 }],
  expand({ name, input }, { scale, scale_equalizer: equalizer }, { value }) {
    const positions = layer(`${name}.positions`, 'constant', [], { scale }, value ? { value } : {});
    if (equalizer === undefined) return [positions, layer(`${name}.sum`, 'add', [input, positions.name])];
    const sides = [int8(`${name}.left`, input, equalizer), int8(`${name}.right`, positions.name, equalizer)];
    return [
      positions,
      ...sides,
      layer(
        `${name}.sum`,
        'add',
        sides.map((side) => side.name),
      ),
    ];
  },
  collect(parts) {
    const value = parts.tensor('positions', 'value')!;
    const scale = parts.number('positions', 'scale');
    const real = tensor(
      { dtype: 'f32', shape: value.type.shape },
      Array.from(value.data, (integer) => integer * scale),
    );
    return { fields: { shape: value.type.shape, scale }, tensors: { value, real } };
  },
};
