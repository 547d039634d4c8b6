import type * as z from 'zod';
import type { Attributes } from '../numeric/attributes.ts';
import type { Tensor, TensorType } from '../numeric/tensor.ts';

/** The least and greatest value that a tensor can hold: what the proof that nothing overflows is made of. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What is known of an operand before the Program runs. */
export interface Known {
  readonly type: TensorType;
  readonly range: Range;
  /** The values themselves, of an operand that is a constant of the Program. */
  readonly constant?: Tensor;
  /** The largest sum of |x| along the last axis, of what an operator has made that bounds it. */
  readonly rowSum?: number;
  /** What it is another form of, of what an operator has made that another one undoes. */
  readonly origin?: Known;
}

/**
 * One argument of a C function of kernels/; a number has its parameter's name. A `struct` is passed by address: every field is an int32_t,
 * or an array of int32_t, in this order. `views` is an array of bw_view, each an operand's address and dtype.
 */
export type KernelArgument =
  | { readonly operand: number }
  | { readonly result: true }
  | { readonly name: string; readonly int: number }
  | { readonly name: string; readonly float: number }
  | { readonly views: readonly number[] }
  | { readonly struct: string; readonly fields: { readonly [name: string]: number | readonly number[] } };

/** A call of one C function of kernels/: what the host target prints, and what the fast engine executes. */
export interface KernelCall {
  readonly function: string;
  readonly arguments: readonly KernelArgument[];
}

/** A tensor cut into `count` equal parts along `axis`, each of them contiguous in memory. */
export interface Cut {
  readonly axis: number;
  readonly count: number;
}

/** How a call falls into parts that a target can compute one after the other: a pipe is streamed part by part. */
export interface Slicing {
  /** Of the result. */
  readonly cut: Cut;
  /** Along which axis each operand is cut into as many parts; null where every part needs the whole operand. */
  readonly operands: readonly (number | null)[];
  /** The attributes of the call that computes one part. */
  readonly attributes: Attributes;
}

/** Some of the indices along one axis: start, start + step, ..., `size` of them. */
export interface Span {
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

/** A part of a tensor: a span of each axis. */
export type Region = readonly Span[];

/** What it takes to make only a region of a result. */
export interface Needs {
  /** The region of each operand. */
  readonly operands: readonly Region[];
  /** The attributes of the call on those regions; absent where the first operand's region is the result already. */
  readonly attributes?: Attributes;
}

/** rows x depth times depth x columns, `batch` times; `left` and `right` are indices of operands. */
export interface Contraction {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly batch: number;
  readonly left: number;
  readonly right: number;
}

/** One entry for each operand; a last name that ends in `...` stands for any number of operands, none included. */
type Each<Names extends readonly string[], T> = Names extends readonly [...infer Head extends string[], `${string}...`]
  ? readonly [...{ [K in keyof Head]: T }, ...T[]]
  : { readonly [K in keyof Names]: T };

/** Everything about one operator. `Names` are its operands in order: one typed entry each in the functions below. */
export interface OperatorDefinition<Names extends readonly string[], A extends Attributes> {
  readonly name: string;
  /** In words and symbols; the page "Supported operations" prints it. */
  readonly formula: string;
  readonly operands: Names;
  readonly attributes: z.ZodType<A>;
  /** Whether it may follow another call in a pipe, taking that call's result as its first operand. */
  readonly epilogue: boolean;
  /** The type of the result; a RangeError says what does not fit. */
  result(attributes: A, operands: Each<Names, TensorType>): TensorType;
  /** Bounds of the result's exact values, proved from those of the operands; a RangeError names an intermediate that can overflow. */
  range(attributes: A, operands: Each<Names, Known>): Range;
  /** The largest sum of |result| along the last axis, where that is less than the range tells. */
  rowSum?(attributes: A, operands: Each<Names, Known>): number;
  /** What the result is another form of, where another operator gives that back. */
  origin?(attributes: A, operands: Each<Names, Known>): Known;
  macs?(attributes: A, operands: Each<Names, TensorType>, result: TensorType): number;
  contraction?(attributes: A, operands: Each<Names, TensorType>): Contraction | undefined;
  /** The parts into which a call falls: `input` says how its first operand comes (in a pipe), null that the call leads its pipe and may choose. */
  slice?(attributes: A, operands: Each<Names, TensorType>, result: TensorType, input: Cut | null): Slicing | undefined;
  /** How many of its intermediate values were limited though a calibrated network leaves them room: 0 where its integers are the network's. */
  saturations?(attributes: A, operands: Each<Names, Tensor>): number;
  /** What it takes to make only `region` of the result; undefined where it takes as much as the whole. Absent where it always does. */
  needs?(attributes: A, operands: Each<Names, TensorType>, result: TensorType, region: Region): Needs | undefined;
  /** Where the result lies in the first operand when it is a contiguous stretch of that, unchanged: the number of its first element. */
  stretch?(attributes: A, operands: Each<Names, TensorType>, result: TensorType): number | undefined;
  /** The calls of portable C functions that compute it. */
  kernel(attributes: A, operands: Each<Names, TensorType>, result: TensorType): readonly KernelCall[];
  /** The definition of correct: plain loops, every element of `result` written once. */
  evaluate(attributes: A, operands: Each<Names, Tensor>, result: Tensor): void;
}

/** What shared code sees: operands counted and attributes parsed once, at this border. */
export type Operator = OperatorDefinition<readonly string[], Attributes>;
export type Operators = ReadonlyMap<string, Operator>;

/** Infers operand tuple and attribute types from the definition. Sound, since program/verify.ts checks arity and attributes first. */
export const defineOperator = <const Names extends readonly string[], A extends Attributes>(
  definition: OperatorDefinition<Names, A>,
): Operator => definition as unknown as Operator;
