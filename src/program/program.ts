import type { Attributes } from '../numeric/attributes.ts';
import type { Tensor, TensorType } from '../numeric/tensor.ts';

/** One application of an operator: `convolution(q_in, conv1.weights) stride=[1,1]`. Rounding, tables, clamps: all are calls. */
export interface Call {
  readonly operator: string;
  /** Names of inputs, constants or earlier steps. A later stage's first operand is the stage before it and is not listed. */
  readonly operands: readonly string[];
  readonly attributes: Attributes;
}

/** One tensor of the network and how it comes about. */
export interface Step {
  /** The result's name too, and that of the source layer whose value it is. */
  readonly name: string;
  /** The type of the last stage's result: what is stored, dumped and compared. */
  readonly type: TensorType;
  /** stages[0], then its epilogue. What flows between stages is never stored. */
  readonly stages: readonly Call[];
}

/** An input of the network is quantised on the host: clamp(rne(f32(x / f32(scale))), lo, hi), or with f32(x * f32(1 / f32(scale))). */
export interface ProgramInput {
  readonly type: TensorType;
  /** The name of the network's own float input. Two quantisers may read one input. */
  readonly source: string;
  readonly scale: number;
  readonly lo: number;
  readonly hi: number;
  /** Multiplied by the reciprocal of the scale rather than divided by the scale: what I-ViT does. */
  readonly reciprocal?: true;
}

/** The network in integers. Running it is the definition of correct; no scale is needed to run it. */
export interface Program {
  readonly name: string;
  readonly inputs: ReadonlyMap<string, ProgramInput>;
  readonly constants: ReadonlyMap<string, Tensor>;
  /** In an order in which they can run. */
  readonly steps: readonly Step[];
  readonly outputs: readonly string[];
}
