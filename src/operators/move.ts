import { type Dtype, elements, type Shape, strides, type Tensor } from '../numeric/tensor.ts';
import type { KernelArgument, KernelCall } from '../program/operator.ts';

/** A copy of a block of elements between two strided places. Every operator that only moves elements is one of these, or several. */
export interface Move {
  readonly sizes: Shape;
  /** Elements between neighbours along each axis, in the source and in the result; a source stride of 0 repeats. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly fromOffset: number;
  readonly toOffset: number;
}

/** The rank of the C struct bw_move. */
const moveRank = 6;

/** The same copy with fewer axes: sizes of 1 dropped, neighbours that are contiguous on both sides merged. */
function simplify(move: Move): Move {
  const axes: { size: number; from: number; to: number }[] = [];
  move.sizes.forEach((size, axis) => {
    const from = move.from[axis]!;
    const to = move.to[axis]!;
    const last = axes.at(-1);
    if (size === 1) return;
    if (last && last.from === from * size && last.to === to * size) axes[axes.length - 1] = { size: last.size * size, from, to };
    else axes.push({ size, from, to });
  });
  return { ...move, sizes: axes.map(({ size }) => size), from: axes.map(({ from }) => from), to: axes.map(({ to }) => to) };
}

/** The first element of the source when the result is a contiguous stretch of it. */
export function stretchOf(move: Move): number | undefined {
  const { sizes, from } = simplify(move);
  return sizes.length === 0 || (sizes.length === 1 && from[0] === 1) ? move.fromOffset : undefined;
}

/** The call of bw_move_<from>_<to> that copies operand `operand` into the result. */
export function moveCall(move: Move, operand: number, from: Dtype, to: Dtype): KernelCall {
  const simple = simplify(move);
  if (simple.sizes.length > moveRank) throw new RangeError(`a move over ${simple.sizes.length} axes; at most ${moveRank} are supported`);
  const filled = (values: readonly number[], rest: number) => [...Array.from({ length: moveRank - values.length }, () => rest), ...values];
  const struct: KernelArgument = {
    struct: 'bw_move',
    fields: {
      sizes: filled(simple.sizes, 1),
      from: filled(simple.from, 0),
      to: filled(simple.to, 0),
      from_offset: simple.fromOffset,
      to_offset: simple.toOffset,
    },
  };
  return { function: `bw_move_${from}_${to}`, arguments: [struct, { operand }, { result: true }] };
}

/** Carries a move out, one element at a time. */
export function performMove({ sizes, from, to, fromOffset, toOffset }: Move, source: Tensor, result: Tensor): void {
  const index = sizes.map(() => 0);
  for (let count = elements(sizes); count > 0; count--) {
    const at = (places: readonly number[], offset: number) => index.reduce((sum, position, axis) => sum + position * places[axis]!, offset);
    result.data[at(to, toOffset)] = source.data[at(from, fromOffset)]!;
    for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === sizes[axis]; axis--) index[axis] = 0;
  }
}

/** Writes a block of `sizes` from a place in the source to the same axes of the result. */
export const denseMove = (sizes: Shape, to: Shape, toOffset = 0): Move => ({
  sizes,
  from: strides(sizes),
  to: strides(to),
  fromOffset: 0,
  toOffset,
});
