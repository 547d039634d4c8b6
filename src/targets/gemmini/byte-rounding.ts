import { type Dtype, elements, type Tensor, tensor } from '../../numeric/tensor.ts';
import type { ClampAttributes } from '../../operators/requantise/channels.ts';
import { dyadic } from '../../operators/requantise/dyadic.ts';
import { dyadicSum } from '../../operators/requantise/dyadic-sum.ts';
import type { Known, Operator, Operators } from '../../program/operator.ts';
import type { Call } from '../../program/program.ts';
import { packed } from './digits.ts';
import { type Affine, type Operand, type ReadOuts, readOutsOf } from './scaler/affine.ts';

/** A call that rounds bytes, or a sum of two, to bytes, as read-outs of the accumulator. */
export interface ByteRounding extends ReadOuts {
  readonly dtype: Dtype;
  readonly operands: readonly Operand[];
  /** What results are more than read-outs: 0, or 128. */
  readonly lacking: number;
  /** Read-outs below 0 become 0. */
  readonly relu: boolean;
  readonly lo: number;
  readonly hi: number;
}

/** Where a call has its constants and its operands, and the line that it rounds. */
interface Form {
  /** Of so many operands; the others are constants. */
  readonly terms: 1 | 2;
  readonly affine: (constants: readonly Tensor[]) => Affine;
}

/** (sum of x_t * M[t] + B) / 2^E. */
const dyadicAffine = ([m, b, e]: readonly Tensor[]): Affine => {
  const one = 2 ** e!.data[0]!;
  return { factors: Array.from(m!.data, (multiplier) => multiplier / one), constant: b!.data[0]! / one };
};

const forms: ReadonlyMap<string, Form> = new Map([
  [dyadic.name, { terms: 1, affine: dyadicAffine }],
  [dyadicSum.name, { terms: 2, affine: dyadicAffine }],
]);

const bytes: ReadonlySet<string> = new Set(['i8', 'u8']);

/** Whether a call may be such a rounding, by its operator alone. */
export const mayRoundBytes = ({ operator }: Call): boolean => forms.has(operator);

/** The read-outs of a call whose operands, the constants among them, are known; undefined where it is no rounding of bytes by one scale each. */
export function byteRoundingOf(call: Call, operands: readonly Known[], operators: Operators): ByteRounding | undefined {
  const form = forms.get(call.operator);
  if (!form) return undefined;
  const operator = operators.get(call.operator)!;
  const [first, m, b, e, ...others] = operands as [Known, Known, Known, Known, ...Known[]];
  const values = [first, ...others];
  const constants = [m, b, e].flatMap(({ constant }) => (constant ? [constant] : []));
  const { dtype } = operator.result(
    call.attributes,
    operands.map(({ type }) => type),
  );
  const ofBytes = [...values.map(({ type }) => type.dtype), dtype].every((each) => bytes.has(each));
  if (!ofBytes || values.length !== form.terms || constants.length !== 3 || elements(b.type.shape) !== 1) return undefined;

  const { lo, hi } = call.attributes as unknown as ClampAttributes;
  const lacking = hi > 127 ? 128 : 0;
  const relu = lacking === 0 && lo === 0;
  const ranges = values.map(({ type, range: { low, high } }): Operand => {
    return { low, high, offset: type.dtype === 'u8' && high > 127 ? 128 : 0 };
  });
  const results = resultsOf(call, ranges, constants, lacking, operator);
  const affine = form.affine(constants);
  const found = readOutsOf({ ...affine, constant: affine.constant - lacking }, ranges, results, relu);
  return found && { ...found, dtype, operands: ranges, lacking, relu, lo, hi };
}

/** The operator's results for all values of its operands, each less what is lacking. */
function resultsOf(
  { attributes }: Call,
  ranges: readonly Operand[],
  constants: readonly Tensor[],
  lacking: number,
  operator: Operator,
): Int32Array {
  const [first, second = { low: 0, high: 0 }] = ranges;
  const across = second.high - second.low + 1;
  const shape = [(first!.high - first!.low + 1) * across];
  const grid = (value: (index: number) => number): Tensor => {
    const made = tensor({ dtype: 'i32', shape });
    for (let index = 0; index < made.data.length; index++) made.data[index] = value(index);
    return made;
  };
  const a = grid((index) => first!.low + Math.floor(index / across));
  const others = ranges.length === 1 ? [] : [grid((index) => second.low + (index % across))];
  const every = { ...attributes, axis: 0 };
  const all = [a, ...constants, ...others];
  const y = tensor(
    operator.result(
      every,
      all.map(({ type }) => type),
    ),
  );
  operator.evaluate(every, all, y);
  return Int32Array.from(y.data, (result) => Number(result) - lacking);
}

/**
 * Matrices of the array's size, one behind the other: multiples of the identity, then matrices whose products are constants: one with rows
 * [1, 127, 127, ...], or columns of that where it is `turned`, then for each constant one whose columns add up to it so. Undefined where int8 does not
 * hold them.
 */
export function blocksOf(multiples: readonly number[], constants: readonly number[], dim: number, turned = false): Tensor | undefined {
  const across = (value: (row: number, column: number) => number): number[][] =>
    Array.from({ length: dim }, (_, row) => Array.from({ length: dim }, (_one, column) => value(row, column)));
  const columns = constants.map((constant) => digitsTo(constant, dim));
  if (columns.some((digits) => digits === undefined)) return undefined;
  const matrices = [
    ...multiples.map((multiple) => across((row, column) => (row === column ? multiple : 0))),
    across((row, column) => ((turned ? row : column) === 0 ? 1 : 127)),
    ...columns.map((digits) => across((row) => digits![row]!)),
  ];
  return packed(matrices.flat(), dim);
}

/** int8 digits d with d[0] + 127 (d[1] + d[2] + ...) = value; undefined where so many are too few. */
function digitsTo(value: number, count: number): number[] | undefined {
  const rest = value % 127;
  let high = (value - rest) / 127;
  const digits = [rest];
  while (digits.length < count) {
    const digit = Math.max(-127, Math.min(127, high));
    digits.push(digit);
    high -= digit;
  }
  return high === 0 ? digits : undefined;
}

/** The bits of a float32, as C has them. */
export const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;
