import * as z from 'zod';
import { forEachIndex, type Shape, strides } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { type Move, moveCall, performMove } from '../move.ts';

export const rollAttributes = z.object({ axes: z.array(z.int().nonnegative()).min(1), shifts: z.array(z.int()).min(1) });
type Roll = z.infer<typeof rollAttributes>;

export function rollShape({ axes, shifts }: Roll, shape: Shape): Shape {
  if (axes.length !== shifts.length || new Set(axes).size !== axes.length || axes.some((axis) => axis >= shape.length)) {
    throw new RangeError(`shifts of [${shifts.join(', ')}] along [${axes.join(', ')}] do not fit [${shape.join(', ')}]`);
  }
  return shape;
}

/** Where a range of an axis goes: the part that stays in front and the part that comes round. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

function piecesOf(size: number, shift: number): Piece[] {
  const forward = ((shift % size) + size) % size;
  const pieces = [
    { from: 0, to: forward, size: size - forward },
    { from: size - forward, to: 0, size: forward },
  ];
  return pieces.filter((piece) => piece.size > 0);
}

/** One move for each combination of pieces. */
function moves(attributes: Roll, shape: Shape): Move[] {
  const pieces = shape.map((size, axis) => piecesOf(size, attributes.shifts[attributes.axes.indexOf(axis)] ?? 0));
  const step = strides(shape);
  const found: Move[] = [];
  forEachIndex(
    pieces.map(({ length }) => length),
    (index) => {
      const chosen = index.map((at, axis) => pieces[axis]![at]!);
      const offset = (place: 'from' | 'to') => chosen.reduce((sum, piece, axis) => sum + piece[place] * step[axis]!, 0);
      found.push({ sizes: chosen.map(({ size }) => size), from: step, to: step, fromOffset: offset('from'), toOffset: offset('to') });
    },
  );
  return found;
}

export const roll = defineOperator({
  name: 'roll',
  formula: 'y[..., (i + shift) mod size, ...] = x[..., i, ...] along each of the axes (torch.roll)',
  operands: ['input'],
  attributes: rollAttributes,
  epilogue: true,
  result: (attributes, [x]) => ({ dtype: x.dtype, shape: rollShape(attributes, x.shape) }),
  range: (_, [x]) => x.range,
  kernel: (attributes, [x]) => moves(attributes, x.shape).map((move) => moveCall(move, 0, x.dtype, x.dtype)),
  evaluate(attributes, [x], y) {
    for (const move of moves(attributes, x.type.shape)) performMove(move, x, y);
  },
});
