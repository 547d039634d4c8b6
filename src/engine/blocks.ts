import type { Attributes } from '../numeric/attributes.ts';
import { bytesOf, dtypes, elements, type Shape, type TensorType } from '../numeric/tensor.ts';
import { isWhole, sizesOf, wholeRegion } from '../operators/regions.ts';
import type { Known, Operator, Region } from '../program/operator.ts';

/** What is asked of a stage of a pipe. */
export interface BlockedStage {
  readonly operator: Pick<Operator, 'needs'>;
  readonly attributes: Attributes;
  readonly values: readonly Known[];
  readonly operands: readonly TensorType[];
  readonly result: TensorType;
}

/** A contiguous part of a tensor, and where it begins in bytes. */
export interface Stretch {
  readonly type: TensorType;
  readonly offset: number;
}

/** One stage's share of a block. */
export interface Part {
  readonly attributes: Attributes;
  readonly operands: readonly Stretch[];
  readonly result: Stretch;
}

/** The first `count` stages of a pipe run in turn for each block; `blocks` are empty, and `count` 0, where the whole is small or does not fall apart. */
export interface Blocks {
  readonly count: number;
  readonly blocks: readonly (readonly Part[])[];
}

/** What flows inside a block stays in the second-level cache, beside the weights. */
const blockBytes = 262_144;
/** The micro-kernel packs as many rows at a time, and a tile has four. */
const [rowBlock, tileRows] = [64, 4];

/** The stretch of a tensor that a region is; undefined where its elements do not lie one behind the other. */
function stretchOf(region: Region, { dtype, shape }: TensorType): Stretch | undefined {
  const first = region.findIndex(({ size }) => size > 1);
  const inner = first < 0 ? shape.length : first;
  const dense = region.every(({ step, size }, axis) => (axis <= inner ? step === 1 || size === 1 : size === shape[axis]));
  if (!dense) return undefined;
  const start = region.reduce((sum, span, axis) => sum + span.start * elements(shape.slice(axis + 1)), 0);
  return { type: { dtype, shape: sizesOf(region) }, offset: start * dtypes[dtype].bytes };
}

/** What the stages need to make a region of the last one's result; undefined where one of them cannot say, or needs scattered elements. */
function partsOf(stages: readonly BlockedStage[], region: Region): readonly Part[] | undefined {
  const parts: Part[] = [];
  let wanted = region;
  for (const { operator, attributes: whole, values, operands, result } of stages.toReversed()) {
    const needs = operator.needs?.(whole, operands, result, wanted);
    const made = stretchOf(wanted, result);
    if (!needs?.attributes || !made) return undefined;
    const stretches = needs.operands.map((own, index) => {
      const constant = values[index]!.constant !== undefined;
      return constant && !isWhole(own, operands[index]!.shape) ? undefined : stretchOf(own, operands[index]!);
    });
    if (stretches.includes(undefined)) return undefined;
    parts.unshift({ attributes: needs.attributes, operands: stretches as Stretch[], result: made });
    wanted = needs.operands[0]!;
  }
  return parts;
}

/** How many of `size` rows of so many bytes make a block. */
function rowsOf(size: number, bytes: number): number {
  const rows = Math.floor(blockBytes / bytes);
  const unit = rows >= rowBlock ? rowBlock : rows >= tileRows ? tileRows : 1;
  return Math.min(size, Math.max(1, Math.floor(rows / unit) * unit));
}

/** Blocks of the first stages: rows of their last result along its first axis of more than one. */
function blocksOfRun(stages: readonly BlockedStage[], inside: number): readonly (readonly Part[])[] | undefined {
  const { shape }: { readonly shape: Shape } = stages.at(-1)!.result;
  const axis = shape.findIndex((size) => size > 1);
  const size = shape[axis] ?? 1;
  const rows = rowsOf(size, inside / size);
  if (rows === size) return undefined;
  const blocks: (readonly Part[])[] = [];
  for (let start = 0; start < size; start += rows) {
    const region = wholeRegion(shape).with(axis, { start, size: Math.min(rows, size - start), step: 1 });
    const parts = partsOf(stages, region);
    if (!parts) return undefined;
    blocks.push(parts);
  }
  return blocks;
}

/** Cuts the longest run of first stages whose values inside are larger than a cache, and which fall into parts. */
export function blocksOf(stages: readonly BlockedStage[]): Blocks {
  for (let count = stages.length; count > 1; count--) {
    const inside = Math.max(...stages.slice(0, count - 1).map(({ result }) => bytesOf(result)));
    const blocks = inside > blockBytes ? blocksOfRun(stages.slice(0, count), inside) : undefined;
    if (blocks) return { count, blocks };
  }
  return { count: 0, blocks: [] };
}
