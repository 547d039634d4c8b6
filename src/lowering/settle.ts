import { BadInput } from '../errors.ts';
import { dtypes } from '../numeric/tensor.ts';
import { clamp } from '../operators/clamp/clamp.ts';
import { convert } from '../operators/convert/convert.ts';
import { operators } from '../operators/index.ts';
import type { Lowering, Meaning, Term } from '../operators/layer.ts';
import { accumulatorMeaning, foldCounts, needsQuantiser } from '../operators/meaning.ts';
import { sum } from '../operators/sum/sum.ts';
import type { Call } from '../program/program.ts';
import { channelsAfter } from './channels.ts';

type Settled = Meaning & { readonly terms: readonly [Term] };
const isSettled = (x: Meaning): x is Settled =>
  x.terms.length === 1 && x.floor === -Infinity && x.unary === undefined && x.counts === undefined && x.pending.length === 0;

const shared = (values: readonly number[]): number | undefined => (values.every((value) => value === values[0]) ? values[0] : undefined);

/** An unquantised add of values with one scale: exact in 16 bits. */
function sumTerms(name: string, x: Meaning, to: Lowering): Meaning {
  const scale = shared(x.terms.flatMap((term) => [...term.scale]));
  if (scale === undefined || x.offset.some((offset) => offset !== 0) || x.terms.some(({ type }) => dtypes[type.dtype].bytes > 2)) {
    throw needsQuantiser(layerOf(name), 'an add whose addends have different scales or are not rounded');
  }
  const limit = x.terms.reduce((total, term) => total + term.limit[0]!, 0);
  const dtype = limit > dtypes.i16.high ? 'i32' : 'i16';
  const operands = x.terms.map((term) => term.value);
  const { value, type } = to.call(name, { operator: sum.name, operands, attributes: { dtype } });
  return { ...x, terms: [{ value, type, scale: [scale], limit: [limit] }], offset: [0] };
}

/** A pool's sums in 16 bits, the divisor in their scale. */
function storeSums(name: string, x: Meaning, to: Lowering): Meaning {
  const folded = foldCounts(layerOf(name), x);
  const [term] = folded.terms;
  if (term.limit[0]! > dtypes.i16.high) {
    throw new BadInput({
      where: `layer ${layerOf(name)}`,
      found: `an average pool without a quantiser whose sums reach ${term.limit[0]}`,
      expected: `sums of at most ${dtypes.i16.high}`,
      remedy: 'put a QuantIdentity behind the pool',
    });
  }
  const { value, type } = to.call(name, { operator: convert.name, operands: [term.value], attributes: { dtype: 'i16' } });
  return { ...folded, terms: [{ ...term, value, type }] };
}

/** A ReLU of integers that stand for themselves. */
function clampFloor(name: string, x: Meaning, to: Lowering): Meaning {
  const [term] = x.terms;
  if (x.floor !== 0 || x.offset.some((offset) => offset !== 0) || term.scale.some((scale) => scale <= 0)) {
    throw needsQuantiser(layerOf(name), 'a ReLU of values that nothing has rounded');
  }
  const attributes = { lo: 0, hi: dtypes[term.type.dtype].high };
  const { value, type } = to.call(name, { operator: clamp.name, operands: [term.value], attributes });
  return { ...x, terms: [{ ...term, value, type }], floor: -Infinity };
}

/** A list of one entry or one per channel, for the channels in another order or number. */
const choose = (list: readonly number[], channels: readonly number[]): readonly number[] =>
  list.length === 1 ? list : channels.map((channel) => list[channel]!);

/** What still bounds the sums of rows when they are moved. */
function rowSumAfter({ operator, attributes }: Call, { type, limit, rowSum }: Term): Pick<Term, 'rowSum'> {
  if (rowSum === undefined) return {};
  const range = { low: -limit[0]!, high: limit[0]! };
  const sum = operators.get(operator)!.rowSum?.(attributes, [{ type, range, rowSum }]) ?? Infinity;
  return sum < Infinity ? { rowSum: sum } : {};
}

/** Max-pools of accumulators whose order is that of the reals; moves, after which an axis still tells the channels. */
function carryOut(name: string, x: Meaning, to: Lowering): Meaning {
  const { pending, ...own } = x;
  return pending.reduce<Meaning>(
    (moved, { call, commutes }) => {
      const { scale, limit } = moved.terms[0];
      const { offset, axis, shape } = moved;
      const stays = { any: true, increasing: scale.every((entry) => entry > 0), 'keeps zero': offset.every((entry) => entry === 0) };
      const refuse = () => needsQuantiser(layerOf(name), 'values that were moved before anything has rounded them');
      if (!stays[commutes]) throw refuse();
      const { value, type } = to.call(name, { ...call, operands: [moved.terms[0].value] });
      const perTensor = [scale, limit, offset].every(({ length }) => length === 1);
      const map = perTensor ? { axis, channels: [] } : channelsAfter(call, shape, axis, type);
      if (!map) throw refuse();
      const chosen = { scale: choose(scale, map.channels), limit: choose(limit, map.channels) };
      const term = { value, type, ...chosen, ...rowSumAfter(call, moved.terms[0]) };
      return { ...accumulatorMeaning(term, map.axis), offset: choose(offset, map.channels) };
    },
    { ...own, pending: [] },
  );
}

/** The layer that asked: the name without what was added for its value. */
export const layerOf = (name: string): string => name.replace(/~\w+$/, '');

/** The meaning as one stored tensor of integers with nothing pending; BadInput where that would need a rounding. */
export function settle(name: string, meaning: Meaning, to: Lowering): Settled {
  if (meaning.source !== undefined) throw needsQuantiser(layerOf(name), 'a float input');
  if (meaning.unary !== undefined) throw needsQuantiser(layerOf(name), 'the result of a nonlinearity that nothing has rounded');
  let x = meaning;
  if (x.terms.length > 1) x = sumTerms(name, x, to);
  if (x.counts) x = storeSums(name, x, to);
  if (x.floor !== -Infinity) x = clampFloor(name, x, to);
  if (x.pending.length > 0) x = carryOut(name, x, to);
  if (!isSettled(x)) throw new Error(`layer ${name}: a meaning did not settle`);
  return x;
}
