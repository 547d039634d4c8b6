import { elements } from '../../../numeric/tensor.ts';
import { residual } from '../../../operators/ivit/quantise/residual.ts';
import type { ClampAttributes } from '../../../operators/requantise/channels.ts';
import type { KernelCall } from '../../../program/operator.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { PortableCall } from '../../portable.ts';
import { differsExactly, endsInHalf, exactUpTo } from './doubles.ts';
import type { Fusion, Surroundings } from './fusion.ts';
import { type Requantisation, requantisationOf } from './requantisation.ts';

/** BW_WHOLE of rocket/doubles.h: sums with it, of less than a third of it, are rounded to integers. */
const whole = 1.5 * 2 ** 52;
const most = 2 ** 51;

/** Identity and result. */
const pairs: ReadonlySet<string> = new Set(['i8_i8', 'i8_i16', 'i16_i16']);

/** I-ViT's requantisation of sums and the addition of an identity behind it. */
export const requantiseResidual: Fusion = {
  name: 'requantise-residual',
  fuse([first, second], surroundings) {
    const identity = second?.operands[2];
    if (!identity || elements(identity.type.shape) !== elements(first!.operands[0]!.type.shape)) return undefined;
    const call = inOnePass(first!, second!, surroundings);
    return call && { taken: 2, call };
  },
};

/** Where the rows of a part are to go: a constant of their places, and the whole identity and result in which those are. */
export interface Placed {
  readonly places: Piece;
  readonly identity: Piece;
  readonly result: Piece;
}

/** Both calls as one; undefined where it would not be exact. */
export function inOnePass(
  first: PortableCall,
  second: PortableCall,
  surroundings: Surroundings,
  placed?: Placed,
): PortableCall | undefined {
  const found = second.operator === residual.name ? requantisationOf(first, surroundings) : undefined;
  if (found?.x.type.dtype !== 'i32') return undefined;
  const rows = found.shape.inner === 1 && found.shape.channels === found.x.type.shape.at(-1);
  if (placed && !rows) return undefined;
  const [, terms, identity] = second.operands;
  const factors = surroundings.known(terms!.value).constant?.data;
  const pair = `${identity!.type.dtype}_${second.result.type.dtype}`;
  if (factors?.length !== 2 || !pairs.has(pair)) return undefined;
  const { low, high } = surroundings.known(identity!.value).range;
  const addend = Math.max(-low, high);
  if (!fits(found, [factors[0]!, factors[1]!], addend)) return undefined;

  const { lo, hi } = second.attributes as unknown as ClampAttributes;
  const halves = endsInHalf(addend, factors[1]!) ? 1 : 0;
  const operands = [found.x, found.m, placed?.identity ?? identity!, terms!, ...(placed ? [placed.places] : [])];
  const kernel: KernelCall = {
    function: `bw_rocket_requantise_${placed ? 'placed_' : ''}residual_${pair}`,
    arguments: [
      { struct: 'bw_rocket_requantise_residual', fields: { ...found.shape, v_lo: found.lo, v_hi: found.hi, lo, hi, halves } },
      ...operands.map((_, operand) => ({ operand })),
      { result: true },
    ],
  };
  const result = placed?.result ?? second.result;
  const fused = { ...second, operands, result, functions: [kernel], source: 'rocket/requantise_residual.c', over: 2 };
  return placed ? { ...fused, scattered: true } : fused;
}

/** What rocket.h asks for: products that are doubles, or limited anyway. */
function fits({ multipliers, limit, lo, hi }: Requantisation, [own, other]: readonly [number, number], addend: number): boolean {
  const furthest = Math.max(-lo, hi);
  const exact = (m: number): boolean => {
    const reach = exactUpTo(m);
    return (limit <= reach || Math.abs(m) * reach >= furthest + 1) && limit * Math.abs(m) < most;
  };
  const terms = furthest <= exactUpTo(own) && addend <= exactUpTo(other);
  const sums = (furthest + 1) * Math.abs(own) + addend * Math.abs(other) < most / 2;
  return terms && sums && exactUpTo(own) >= 3 && differsExactly(whole, whole * own) && Array.from(multipliers).every(exact);
}
