import type { Shape } from '../numeric/tensor.ts';
import type { Region, Span } from './operator.ts';

export const wholeSpan = (size: number): Span => ({ start: 0, size, step: 1 });
export const isWholeSpan = ({ start, size }: Span, length: number): boolean => start === 0 && size === length;

/** The name of a region of a value: `name@axis=first..last`, `/step` behind it where that is not 1, for each axis that is not whole. */
export const regionName = (name: string, region: Region, shape: Shape): string =>
  name + region.map((span, axis) => (isWholeSpan(span, shape[axis]!) ? '' : `@${axis}=${printSpan(span)}`)).join('');

const printSpan = ({ start, size, step }: Span): string =>
  `${start}..${start + (size - 1) * step}${size === 1 || step === 1 ? '' : `/${step}`}`;

/** What a name says of which value it is, and of which indices along some axes; undefined for the name of a whole value. */
export function parseRegionName(name: string): { readonly value: string; readonly spans: ReadonlyMap<number, Span> } | undefined {
  const found = /^(.+?)((?:@\d+=\d+\.\.\d+(?:\/\d+)?)+)$/.exec(name);
  if (!found) return undefined;
  const [, value = '', parts = ''] = found;
  const spans = Array.from(parts.matchAll(/@(\d+)=(\d+)\.\.(\d+)(?:\/(\d+))?/g), ([, axis, first, last, every = '1']): [number, Span] => {
    const [start, step] = [Number(first), Number(every)];
    return [Number(axis), { start, size: (Number(last) - start) / step + 1, step }];
  });
  return { value, spans: new Map(spans) };
}
