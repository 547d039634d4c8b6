import type * as z from 'zod';
import type { Attributes } from '../numeric/attributes.ts';
import type { Shape, Tensor, TensorType } from '../numeric/tensor.ts';
import type { Call, ProgramInput } from '../program/program.ts';

/** One integer tensor under a meaning: real = scale[c] * integer. */
export interface Term {
  readonly value: string;
  readonly type: TensorType;
  /** One entry, or one per channel along the meaning's axis. */
  readonly scale: readonly number[];
  /** The largest |integer| that can occur: one entry, or one per channel. */
  readonly limit: readonly number[];
  /** The largest sum of |integer| along the last axis, where that is less than `limit` tells: of probabilities. */
  readonly rowSum?: number;
}

/** A call that only moves or selects elements, and which functions of one element it may change places with. */
export interface Pending {
  readonly call: Call;
  /** A reshape with any, a max-pool with increasing ones, a border of zeros with those that keep 0. */
  readonly commutes: 'any' | 'increasing' | 'keeps zero';
}

/**
 * What lowering knows of a value: integer tensors and the real numbers that they stand for,
 *
 *     real = unary(max(floor, (sum over terms of scale[c] * integer) / counts + offset[c])), then `pending`
 *
 * BatchNorm, ReLU, an unquantised add and a nonlinearity only change the meaning; a quantiser turns it into one requantisation.
 */
export interface Meaning {
  readonly terms: readonly [Term, ...Term[]];
  /** The shape of the terms, which is the value's own before `pending`. */
  readonly shape: Shape;
  /** The axis of `shape` along which scale, limit and offset run where they have several entries. */
  readonly axis: number;
  readonly offset: readonly number[];
  readonly floor: number;
  /** A function of numeric/functions.ts by its name, applied after the floor. */
  readonly unary?: string;
  /** How many addends a pool's sum has: i32, one entry, or one per position of the last axes. */
  readonly counts?: Tensor;
  /** Calls that wait until the value is rounded. */
  readonly pending: readonly Pending[];
  /** The formula by which the style rounds this value, where it has one of its own for the layer that made it. */
  readonly round?: Style['requantise'];
  /** The network's float input that this is, as long as nothing has quantised it. */
  readonly source?: string;
  /** The values of the only term, where they are known before the Program runs: floats of a parameter, or what it was quantised to. */
  readonly constant?: Tensor;
}

/** The result of a layer in exact reals (double), and the sum of absolute terms before cancellation (docs/numbers.md, rung 2). */
export interface Real {
  readonly shape: Shape;
  readonly values: Float64Array;
  readonly bracket: Float64Array;
}

export interface LayerContext<A extends Attributes, Roles extends string> {
  readonly name: string;
  readonly attributes: A;
  readonly tensors: { readonly [R in Roles]?: Tensor };
}

/** Everything about one kind of Network layer: its shape, its meaning in integers, and its value in reals. */
export interface LayerDefinition<A extends Attributes, Roles extends string> {
  readonly kind: string;
  readonly attributes: z.ZodType<A>;
  readonly required: readonly Roles[];
  readonly optional: readonly Roles[];
  /** How many inputs it takes: [least, most]. */
  readonly arity: readonly [number, number];
  shape(layer: LayerContext<A, Roles>, inputs: readonly Shape[]): Shape;
  lower(layer: LayerContext<A, Roles>, inputs: readonly [Meaning, ...Meaning[]], to: Lowering): Meaning;
  real(layer: LayerContext<A, Roles>, inputs: readonly [Real, ...Real[]]): Real;
  /** Of a layer that rounds to its attributes scale, lo and hi: the value that it rounds. Absent where a layer rounds nothing. */
  unrounded?(layer: LayerContext<A, Roles>, inputs: readonly [Real, ...Real[]]): Real;
}
export type AnyLayer = LayerDefinition<Attributes, string>;
export type LayerDefinitions = ReadonlyMap<string, AnyLayer>;

/** Sound, since network/validate.ts parses attributes and counts tensors and inputs before a rule sees them. */
export const defineLayer = <A extends Attributes, const Roles extends string>(definition: LayerDefinition<A, Roles>): AnyLayer =>
  definition as unknown as AnyLayer;

/** What a quantiser asks for: real / scale, rounded and limited to lo..hi. */
export interface Quantisation {
  readonly scale: number;
  readonly lo: number;
  readonly hi: number;
}

/** What a rule may do to the Program under construction. Every call makes a value; what shares a pipe is decided at the end, from who reads what. */
export interface Lowering {
  readonly style: Style;
  /** False where every layer's value is wanted: a rule then makes it, though a form that never does would be cheaper. */
  readonly fuse: boolean;
  /** A constant of the Program; returns its name. The same name twice is a bug. */
  constant(name: string, tensor: Tensor): string;
  /** Appends a call and returns its value's name, `name` where it is free, and type. */
  call(name: string, call: Call): { readonly value: string; readonly type: TensorType };
  /** The call that makes a value, for a rule that can do what it does at less cost; undefined for constants and inputs. */
  madeBy(value: string): Call | undefined;
  /** Makes the quantised value of a float input. */
  input(
    name: string,
    source: string,
    shape: Shape,
    to: Quantisation & Pick<ProgramInput, 'reciprocal'>,
  ): { readonly value: string; readonly type: TensorType };
  /** The meaning as one stored integer tensor with nothing pending: exact sums and moves are carried out. A BadInput says what cannot be exact. */
  settle(name: string, meaning: Meaning): Meaning & { readonly terms: readonly [Term] };
}

/** A numeric style is an object, not a word: the requantisation that the target rounds exactly (docs/numbers.md, Requantisation). */
export interface Style {
  readonly name: string;
  /** Whether a fused Program makes only what its outputs need of every value. */
  readonly onlyLive?: boolean;
  /** The kinds of layers that this style lowers by a rule of its own. */
  readonly rules?: ReadonlyMap<string, AnyLayer['lower']>;
  /** Appends the calls that round `from` to `to`, and returns the value. `from` has nothing pending and no source. */
  requantise(name: string, from: Meaning, to: Quantisation, lowering: Lowering): { readonly value: string; readonly type: TensorType };
}
