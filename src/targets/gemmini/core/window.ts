import type { PortableCall } from '../../portable.ts';
import type { Fusion } from './fusion.ts';

/** Functions of kernels/ that join the elements under a window, of at most 16 bits. */
const joined = /^bw_(max_pool|window_sum)_([iu](?:8|16))$/;

/** Pools without a branch for each element. */
export const window: Fusion = {
  name: 'window',
  fuse([call]) {
    const [first] = call!.functions;
    if (call!.functions.length !== 1 || !joined.test(first!.function) || !meetsImage(first!)) return undefined;
    const functions = [{ ...first!, function: first!.function.replace(joined, 'bw_rocket_$1_$2') }];
    return { taken: 1, call: { ...call!, functions, source: 'rocket/window.c' } };
  },
};

/** Whether every window has a position in the image. */
function meetsImage({ arguments: [window] }: PortableCall['functions'][number]): boolean {
  const { fields } = window as unknown as { readonly fields: { readonly [name: string]: number } };
  const along = (axis: string, before: number): boolean => {
    const last = (fields[`out_${axis}`]! - 1) * fields[`stride_${axis}`]! - before;
    return before < fields[`kernel_${axis}`]! && last < fields[axis]!;
  };
  return along('height', fields['pad_top']!) && along('width', fields['pad_left']!);
}
