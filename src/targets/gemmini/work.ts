import { bytesOf, type Tensor } from '../../numeric/tensor.ts';
import type { Site, Work } from '../kernel.ts';
import type { Portable } from '../portable.ts';
import type { GemminiMachine } from './machine.ts';
import { pipeBehind, rowsOf } from './sums.ts';
import { chooseTiling, type Tiling } from './tiling.ts';

/** A matrix: where its first element lies, and elements from row to row and from group to group. A stride of 0 repeats a row. */
export interface Matrix {
  /** A value of the Program or a derived constant by its name; what the core has prepared by its number. */
  readonly base: string | number;
  /** Elements behind the base. */
  readonly offset?: number;
  readonly stride: number;
  readonly group?: number;
}

export interface Term {
  readonly left: Matrix;
  readonly right: Matrix;
  readonly depth: number;
}

/** What the core does before the array begins: it fills stretches of bytes, each with a number. */
export interface Preparation {
  readonly function: string;
  readonly struct?: { readonly type: string; readonly fields: { readonly [name: string]: number } };
  readonly numbers?: { readonly [name: string]: number };
  readonly operand: string;
  /** Their sizes, in the order of the function's last arguments. */
  readonly results: readonly number[];
}

/** Groups of products of matrices, each a sum of terms; several products are digits to the base 256, the highest first. */
export interface Contracted {
  readonly rows: number;
  readonly columns: number;
  readonly transposed?: boolean;
  /** A constant of a number for each column, which the sums begin with. The step's second call has added it then. */
  readonly bias?: string;
  readonly products: readonly (readonly Term[])[];
  readonly preparations: readonly Preparation[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** A Work: plain data, like every other. */
export interface ArrayWork extends Contracted {
  readonly scratch: Work['scratch'];
  readonly tiling: Tiling;
  readonly rest: Portable;
  /** Rows of all groups. */
  readonly allRows: number;
  /** Rows that the core handles while the array computes the next ones; all of them where it waits for the array. */
  readonly chunk: number;
  /** Places in the scratch memory: of what is prepared, and of the sums of each product, two where they take turns. */
  readonly prepared: readonly number[];
  /** None where the sums are the step's result. */
  readonly sums: readonly (readonly number[])[];
  readonly cycles: number;
}

/** Sums that the shared cache holds beside the rest: bytes of one buffer. */
const bufferBytes = 64 << 10;
const alignment = 64;

/** Rows at a time: whole parts, as many as the buffer holds, and not a fraction of the array. */
function chunkOf(parts: number, allRows: number, columns: number, dim: number): number {
  const part = allRows / parts;
  const fitting = Math.max(1, Math.floor(bufferBytes / (4 * columns * part)));
  const whole = part % dim === 0 ? fitting : Math.max(dim, fitting - (fitting % dim));
  return Math.min(whole, parts) * part;
}

/** Completes what a kernel says of its products by tiling, memory and price. */
export function arrayWork(site: Site, contracted: Contracted, machine: GemminiMachine): ArrayWork {
  const { rows, columns, products, preparations } = contracted;
  const { sums: type, rest, constants: fused } = pipeBehind(site, elementsOf(site) / columns, contracted.bias === undefined ? 1 : 2);
  const allRows = rowsOf(type, columns);
  const [first] = rest.segments;
  const last = placeOfSums(rest);
  const chunk = first!.parts === 1 ? allRows : chunkOf(first!.parts, allRows, columns, machine.gemmini.dim);

  let scratch = rest.scratch;
  const allocate = (bytes: number): number => {
    const offset = Math.ceil(scratch / alignment) * alignment;
    scratch = offset + bytes;
    return offset;
  };
  const prepared = preparations.flatMap(({ results }) => results.map(allocate));
  const turns = chunk < allRows ? 2 : 1;
  const buffers = (): number[] => Array.from({ length: turns }, () => allocate(4 * chunk * columns));
  const sums = products.map((_, index) => (index === products.length - 1 && last) || buffers());

  const depth = Math.max(...products.flatMap((terms) => terms.map((term) => term.depth)));
  const total = products.flat().reduce((sum, term) => sum + term.depth, 0);
  const tiling = chooseTiling({ rows: Math.min(rows, chunk), columns, depth }, machine.gemmini);
  const loops = Math.ceil(allRows / Math.min(rows, chunk)) * (total / depth);
  const bytes = preparations.reduce((sum, { results }) => sum + results.reduce((all, size) => all + size, 0), 0);
  const core = rest.elements * machine.cyclesPerElement + bytes * machine.cyclesPerByte;
  const constants = new Map([...contracted.constants, ...fused]);
  return { ...contracted, constants, tiling, rest, allRows, chunk, prepared, sums, scratch, cycles: core + tiling.cycles * loops };
}

const elementsOf = ({ step, types, operators }: Site): number => {
  const [first] = step.stages;
  const type = operators.get(first!.operator)!.result(
    first!.attributes,
    first!.operands.map((name) => types.get(name)!),
  );
  return bytesOf(type) / 4;
};

/** Where the pipe expects its sums when it takes them as a whole: at its own place in the scratch memory, or as the step's result. */
function placeOfSums({ segments, places }: Portable): readonly number[] | undefined {
  const [first] = segments;
  if (first!.parts > 1) return undefined;
  const { value } = first!.calls[0]!.result;
  return typeof value === 'string' ? [] : [places.get(String(value))!];
}
