import { bias } from '../../operators/requantise/float32.ts';
import type { Site } from '../kernel.ts';
import { typeAfter } from './sums.ts';

/** A constant bias of each column, right behind the stages that give rows of so many columns: the array begins with it, unless sums are wanted apart. */
export function biasBehind(site: Site, stages: number, columns: number): { readonly bias?: string } {
  const call = site.apart ? undefined : site.step.stages[stages];
  const [name] = call?.operands ?? [];
  if (call?.operator !== bias.name || site.program.constants.get(name!)?.data.length !== columns) return {};
  return call.attributes['axis'] === typeAfter(site, stages).shape.length - 1 ? { bias: name! } : {};
}
