import type { Tensor } from '../../../numeric/tensor.ts';
import { defineKernel } from '../../kernel.ts';
import { type Portable, portable, portably } from '../../portable.ts';
import { fusePipe } from '../core/fusion.ts';
import { fusions } from '../core/fusions.ts';
import type { GemminiMachine } from '../machine.ts';

interface CoreWork extends Portable {
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** A step on the core alone, as the portable kernels do it, but for what fusions take. */
export const core = defineKernel<GemminiMachine, CoreWork>({
  ...portable,
  name: 'core',
  *works(site) {
    const { pipe, constants } = fusePipe(portably(site.step, site.types, site.operators), site.apart ? [] : fusions, site, 1);
    yield { ...pipe, constants };
  },
});
