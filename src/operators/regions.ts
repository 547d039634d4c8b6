import type { Attributes } from '../numeric/attributes.ts';
import { elements, type Shape, sameShape, type TensorType } from '../numeric/tensor.ts';
import type { Needs, Region, Span } from '../program/operator.ts';
import { isWholeSpan, wholeSpan } from '../program/regions.ts';

export const wholeRegion = (shape: Shape): Region => shape.map(wholeSpan);
export const isWhole = (region: Region, shape: Shape): boolean => region.every((span, axis) => isWholeSpan(span, shape[axis]!));
export const sizesOf = (region: Region): Shape => region.map(({ size }) => size);

/** The span of a span: which indices of the outer one's tensor the inner one chooses. */
export const within = (outer: Span, inner: Span): Span => ({
  start: outer.start + inner.start * outer.step,
  size: inner.size,
  step: outer.step * inner.step,
});

/** How an operand takes part in an elementwise call: as a tensor like the result, or as constants along one axis. */
type Part = 'tensor' | { readonly axis: number };

/** What an elementwise call needs: the same region of its tensors, which may repeat along axes of size 1, and the constants of its channels. */
export function elementwiseNeeds(attributes: Attributes, region: Region, operands: readonly TensorType[], parts: readonly Part[]): Needs {
  const regions = operands.map(({ shape }, index) => {
    const part = parts[index]!;
    if (part === 'tensor') return shape.map((size, axis) => (size === 1 ? wholeSpan(1) : region[axis]!));
    const constants = wholeRegion(shape);
    return shape[0] === 1 ? constants : constants.with(0, region[part.axis]!);
  });
  return { operands: regions, attributes };
}

/** What a call needs that works on whole rows of `length` neighbours: the same rows, and the other operands whole. Undefined for a part of a row. */
export function rowNeeds(
  attributes: Attributes,
  region: Region,
  [x, ...others]: readonly TensorType[],
  length = x!.shape.at(-1)!,
): Needs | undefined {
  const { shape } = x!;
  const whole = region.every((span, axis) => isWholeSpan(span, shape[axis]!) || elements(shape.slice(axis + 1)) % length === 0);
  return whole ? { operands: [region, ...others.map((other) => wholeRegion(other.shape))], attributes } : undefined;
}

/** Where the last axes of two shapes begin that have the same product, above 1 where there is such a one. */
function lastGroup(a: Shape, b: Shape): { readonly a: number; readonly b: number } {
  let [first, second] = [a.length - 1, b.length - 1];
  while (first > 0 || second > 0) {
    const [left, right] = [elements(a.slice(first)), elements(b.slice(second))];
    if (left === right && left > 1) break;
    if ((left <= right && first > 0) || second === 0) first -= 1;
    else second -= 1;
  }
  return { a: Math.max(first, 0), b: Math.max(second, 0) };
}

/** One region of a group of axes as a range of consecutive elements; undefined where they do not lie one behind the other. */
function asRange(region: Region, shape: Shape): { readonly start: number; readonly size: number } | undefined {
  const leading = region.findIndex((span) => span.size > 1);
  const at = leading < 0 ? region.length - 1 : leading;
  const rest = region.slice(at + 1).every((span, index) => isWholeSpan(span, shape[at + 1 + index]!));
  if (!rest || (region[at]!.size > 1 && region[at]!.step !== 1)) return undefined;
  const start = region.reduce((sum, span, axis) => sum + span.start * elements(shape.slice(axis + 1)), 0);
  return { start, size: elements(sizesOf(region)) };
}

/** A range of consecutive elements as a region of a group of axes; undefined where it is none. */
function asRegion(range: { readonly start: number; readonly size: number } | undefined, shape: Shape): Region | undefined {
  if (!range) return undefined;
  let rest = range.start;
  let left = range.size;
  const spans: Span[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    const inner = elements(shape.slice(axis + 1));
    const first = Math.floor(rest / inner);
    rest -= first * inner;
    const count = Math.max(1, left / inner);
    if (!Number.isInteger(count) || first + count > shape[axis]! || (count > 1 && rest !== 0)) return undefined;
    spans.push({ start: first, size: count, step: 1 });
    left /= count;
  }
  return left === 1 ? spans : undefined;
}

/** The region of `from` whose elements are those of a region of `to`, both shapes holding the same elements in the same order. */
export function reshapedRegion(region: Region, from: Shape, to: Shape): Region | undefined {
  if (from.length === 0 || to.length === 0) return elements(from) === 1 && elements(to) === 1 ? wholeRegion(from) : undefined;
  const group = lastGroup(from, to);
  const last = sameShape(from.slice(group.a), to.slice(group.b))
    ? region.slice(group.b)
    : asRegion(asRange(region.slice(group.b), to.slice(group.b)), from.slice(group.a));
  if (!last) return undefined;
  if (group.a === 0 || group.b === 0) {
    const rest = [...from.slice(0, group.a), ...to.slice(0, group.b)];
    return elements(rest) === 1 ? [...wholeRegion(from.slice(0, group.a)), ...last] : undefined;
  }
  const before = reshapedRegion(region.slice(0, group.b), from.slice(0, group.a), to.slice(0, group.b));
  return before && [...before, ...last];
}
