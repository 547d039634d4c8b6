import type { Tensor } from '../../numeric/tensor.ts';
import type { GemminiMachine } from './machine.ts';
import type { Scaling } from './scaler/uniform.ts';

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

/** What is done before the products begin: stretches of bytes are filled, each with a number. */
export interface Preparation {
  readonly function: string;
  /** The function commands the array and returns before it is done. */
  readonly begins?: true;
  readonly struct?: { readonly type: string; readonly fields: { readonly [name: string]: number } };
  /** About so many for a byte, where they are not those of the core for a byte that it copies. */
  readonly cyclesPerByte?: number;
  readonly numbers?: { readonly [name: string]: number };
  /** A value of the Program by its name, or what was prepared before by its number. */
  readonly operand: string | number;
  /** Their sizes, in the order of the function's last arguments. */
  readonly results: readonly number[];
}

/** Cycles of what is prepared. */
export const preparationCycles = (preparations: readonly Preparation[], machine: GemminiMachine): number =>
  preparations.reduce(
    (cycles, { results, cyclesPerByte = machine.cyclesPerByte }) => cycles + cyclesPerByte * results.reduce((all, size) => all + size, 0),
    0,
  );

/** Groups of products of matrices, each a sum of terms; several products are digits to the base 256, the highest first. */
export interface Contracted {
  readonly rows: number;
  readonly columns: number;
  readonly transposed?: boolean;
  /** Calls of the step whose result the products are: one where it is absent. */
  readonly stages?: number;
  /** A constant of a number for each column, which the sums begin with. The call behind those has added it then. */
  readonly bias?: string;
  readonly products: readonly (readonly Term[])[];
  /** How the sums leave the accumulator as int8, of a single product; absent where they leave as they are. */
  readonly scaling?: Scaling;
  readonly preparations: readonly Preparation[];
  readonly constants: ReadonlyMap<string, Tensor>;
}
