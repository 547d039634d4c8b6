import { BadInput } from '../../errors.ts';
import type { Real } from '../layer.ts';

/** I-ViT's integers are what its float32 modules compute, not the rounding of exact reals: there is nothing to compare them with but themselves. */
export function noReals({ name }: { readonly name: string }): Real {
  throw new BadInput({
    where: `layer ${name}`,
    found: 'a layer of I-ViT, whose integers are its definition',
    expected: 'a network whose quantisers round real numbers',
    remedy: 'compare it with dumps of its modules: bitwright compare',
  });
}
