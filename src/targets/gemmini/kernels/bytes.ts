import type { Tensor } from '../../../numeric/tensor.ts';
import { defineKernel } from '../../kernel.ts';
import { type Portable, portable, portably } from '../../portable.ts';
import { bytesOnArray, onArray, sourcesBehind, standIns } from '../bytes.ts';
import { fusePipe } from '../core/fusion.ts';
import { fusions } from '../core/fusions.ts';
import type { GemminiMachine } from '../machine.ts';

interface BytesWork extends Portable {
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** A step of the core in which the array rounds bytes, or sums of two tensors of bytes, while the core waits. */
export const bytes = defineKernel<GemminiMachine, BytesWork>({
  ...portable,
  name: 'gemmini-bytes',

  *works(site, machine) {
    if (site.apart) return;
    const { stages, constants } = onArray(site, 0, machine);
    if (constants.size === 0) return;
    const types = new Map([...site.types, ...Array.from(constants, ([name, { type }]) => [name, type] as const)]);
    const pipe = portably({ ...site.step, stages }, types, new Map([...site.operators, ...standIns]));
    const fused = fusePipe(pipe, [bytesOnArray, ...fusions], site, 1);
    yield { ...fused.pipe, constants: new Map([...constants, ...fused.constants]) };
  },

  sources: ({ segments }) => sourcesBehind(segments),
});
