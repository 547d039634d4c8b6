import * as z from 'zod';
import { dtypes, elements, type Shape, sameShape } from '../../numeric/tensor.ts';
import { defineLayer, type Lowering, type Meaning, type Term } from '../layer.ts';
import { accumulatorMeaning, isScaled, needsQuantiser, quantised } from '../meaning.ts';
import { permute } from '../permute/permute.ts';
import { contractPairs } from '../real.ts';
import { reshape } from '../reshape/reshape.ts';
import { matmul } from './matmul.ts';

/** The two tensors as the operator takes them, one matrix of the right for each of the left, and the result's shape. */
interface Matrices {
  readonly left: Shape;
  readonly right: Shape;
  readonly result: Shape;
}

/** torch.matmul, where the left has at least as many matrices as the right: one for each, or all rows of the left times the only one. */
function matricesOf(a: Shape, b: Shape): Matrices {
  const [depth = 0, columns = 0] = b.slice(-2);
  const rank = Math.max(a.length, b.length);
  const [left, right] = [a, b].map((shape): Shape => [...new Array<number>(rank - shape.length).fill(1), ...shape]) as [Shape, Shape];
  const batch = left.slice(0, -2);
  if (a.length >= 2 && b.length >= 2 && a.at(-1) === depth) {
    const result = [...batch, a.at(-2)!, columns];
    if (sameShape(batch, right.slice(0, -2))) return { left, right, result };
    if (elements(b) === depth * columns) return { left: [elements(a) / depth, depth], right: [depth, columns], result };
  }
  throw new RangeError(`matrices [${a.join(', ')}] and [${b.join(', ')}] do not multiply`);
}

const reshaped = (name: string, value: string, from: Shape, shape: Shape, to: Lowering): string =>
  sameShape(from, shape) ? value : to.call(name, { operator: reshape.name, operands: [value], attributes: { shape: [...shape] } }).value;

/** Integers with one scale: of 8 or 16 bits, or probabilities of 32, whose rows have sums that are bounded. */
function leftTerm(name: string, x: Meaning, to: Lowering): Term {
  if (x.source !== undefined || x.terms[0].rowSum === undefined) return quantised(name, x, to).term;
  const settled = to.settle(`${name}~in`, x);
  if (isScaled(settled)) return settled.terms[0];
  throw needsQuantiser(name, 'probabilities that something was added to');
}

/** The matrices of which `value` are the transposed ones, where a call has made them so. */
function untransposed(value: string, to: Lowering): string | undefined {
  const call = to.madeBy(value);
  if (call?.operator !== permute.name) return undefined;
  const axes = call.attributes['axes'] as readonly number[];
  const last = axes.length - 1;
  const swaps = axes.every((axis, at) => axis === (at === last ? last - 1 : at === last - 1 ? last : at));
  return swaps ? call.operands[0] : undefined;
}

/** A product of two activations: sums of products of their integers. */
export const matmulLayer = defineLayer({
  kind: 'matmul',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [2, 2],
  shape: (_, [a, b]) => matricesOf(a!, b!).result,

  lower({ name }, [x, y], to) {
    const a = leftTerm(name, x, to);
    const b = quantised(name, y!, to).term;
    const { left, right, result } = matricesOf(a.type.shape, b.type.shape);
    const before = untransposed(b.value, to);
    const transpose = before !== undefined;
    const [depth = 1, columns = 1] = right.slice(-2);
    const stored = transpose ? [...right.slice(0, -2), columns, depth] : right;
    const storedNow = transpose ? [...b.type.shape.slice(0, -2), columns, depth] : b.type.shape;
    const operands = [
      reshaped(`${name}~left`, a.value, a.type.shape, left, to),
      reshaped(`${name}~right`, before ?? b.value, storedNow, stored, to),
    ];
    const acc = to.call(`${name}~acc`, { operator: matmul.name, operands, attributes: { transpose } });
    const limit = Math.min(depth * a.limit[0]!, a.rowSum ?? Infinity) * b.limit[0]!;
    if (limit > dtypes.i32.high) throw needsQuantiser(name, `integers whose products reach ${limit}`);
    const value = reshaped(`${name}~batch`, acc.value, acc.type.shape, result, to);
    const type = { dtype: acc.type.dtype, shape: result };
    return accumulatorMeaning({ value, type, scale: [a.scale[0]! * b.scale[0]!], limit: [limit] }, result.length - 1);
  },

  real(_, [a, b]) {
    const { left, right, result } = matricesOf(a.shape, b!.shape);
    return { ...contractPairs(matmul, { transpose: false }, { ...a, shape: left }, { ...b!, shape: right }), shape: result };
  },
});
