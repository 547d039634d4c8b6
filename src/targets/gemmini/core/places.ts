import { elements, type Shape, tensor } from '../../../numeric/tensor.ts';
import type { KernelCall } from '../../../program/operator.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { PortableCall, PortableSegment } from '../../portable.ts';
import type { Fusion, Joined, Surroundings } from './fusion.ts';
import { inOnePass } from './requantise-residual.ts';

const copy = /^bw_move_(\w+)_\1$/;

/**
 * Rows of rounded sums that are moved as a whole before an identity is added to them, as windows of tokens are: each is rounded right where it
 * goes, and added there.
 */
export const placedRows: Fusion = { name: 'placed-rows', fuse: () => undefined, join };

function join(segments: readonly PortableSegment[], surroundings: Surroundings): Joined {
  for (let index = 1; index < segments.length; index++) {
    const placed = placedPair(segments[index - 1]!, segments[index]!, surroundings);
    if (!placed) continue;
    const rest = join(segments.slice(index + 1), surroundings);
    return {
      segments: [...segments.slice(0, index - 1), ...placed.segments, ...rest.segments],
      constants: new Map([...placed.constants, ...rest.constants]),
    };
  }
  return { segments, constants: new Map() };
}

/** A segment that ends with the rounding, and the one of moves and the addition behind it, in one. */
function placedPair(first: PortableSegment, second: PortableSegment, surroundings: Surroundings): Joined | undefined {
  const rounding = first.calls.findLastIndex((call) => !call.unchanged);
  const addition = second.calls.findIndex((call) => !isCopy(call));
  const [from, to] = [first.calls[rounding], second.calls[addition]];
  if (!from || !to || first.parts === 1 || second.parts > 1 || addition === 0) return undefined;
  const columns = from.operands[0]!.type.shape.at(-1)!;
  const [x, , identity] = to.operands;
  const total = elements(from.operands[0]!.type.shape) * first.parts;
  if (!identity || !sameRows(x!, total, columns) || !sameRows(identity, total, columns)) return undefined;
  const places = placesOf(second.calls.slice(0, addition), total / columns, columns);
  if (!places) return undefined;

  const name = `${surroundings.site.step.name} places`;
  const rows = places.length / first.parts;
  const made = tensor({ dtype: 'i32', shape: [places.length] });
  made.data.set(places);
  const part: Shape = [total / first.parts];
  const call = inOnePass(from, to, surroundings, {
    places: { value: name, type: { dtype: 'i32', shape: [rows] }, advance: rows },
    identity: { ...identity, advance: 0 },
    // Of one part, for so many of them it takes; every part sees it from its beginning.
    result: { value: to.result.value, type: { dtype: to.result.type.dtype, shape: part }, advance: 0 },
  });
  if (!call) return undefined;
  const behind = second.calls.slice(addition + 1);
  return {
    segments: [
      { parts: first.parts, calls: [...first.calls.slice(0, rounding), call] },
      ...(behind.length > 0 ? [{ parts: 1, calls: behind }] : []),
    ],
    constants: new Map([[name, made]]),
  };
}

const isCopy = ({ functions }: PortableCall): boolean => functions.every((call) => copy.test(call.function));

const sameRows = ({ type: { shape } }: Piece, total: number, columns: number): boolean =>
  elements(shape) === total && shape.at(-1) === columns;

/** Where each of so many rows comes to lie; undefined where the moves do not keep the rows whole. */
function placesOf(moves: readonly PortableCall[], rows: number, columns: number): number[] | undefined {
  let sources: number[] | undefined = Array.from({ length: rows }, (_, row) => row);
  for (const { functions } of moves) sources = sources && moved(sources, functions, columns);
  if (!sources) return undefined;
  const places = new Array<number>(rows).fill(-1);
  sources.forEach((source, place) => {
    places[source] = place;
  });
  return places.includes(-1) ? undefined : places;
}

/** The rows in the order in which the copies leave them. */
function moved(sources: readonly number[], functions: readonly KernelCall[], columns: number): number[] | undefined {
  const result = new Array<number>(sources.length).fill(-1);
  for (const {
    arguments: [move],
  } of functions) {
    const { sizes, from, to, from_offset, to_offset } = (move as unknown as { fields: Fields }).fields;
    const last = sizes.length - 1;
    const strides = [...from.slice(0, -1), ...to.slice(0, -1), sizes[last]!, from_offset, to_offset];
    if (from[last] !== 1 || to[last] !== 1 || strides.some((stride) => stride % columns !== 0)) return undefined;
    const counts = [...sizes.slice(0, -1), sizes[last]! / columns];
    const position = counts.map(() => 0);
    const at = (steps: readonly number[], offset: number): number =>
      position.reduce((sum, count, axis) => sum + count * (axis === last ? 1 : steps[axis]! / columns), offset / columns);
    for (let count = elements(counts); count > 0; count--) {
      result[at(to, to_offset)] = sources[at(from, from_offset)]!;
      for (let axis = last; axis >= 0 && ++position[axis]! === counts[axis]; axis--) position[axis] = 0;
    }
  }
  return result;
}

/** Of the struct bw_move. */
interface Fields {
  readonly sizes: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly from_offset: number;
  readonly to_offset: number;
}
