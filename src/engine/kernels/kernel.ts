import type { TensorType } from '../../numeric/tensor.ts';
import type { KernelArgument, KernelCall, Known } from '../../program/operator.ts';

/** A call of a portable kernel, with what is known of the values it works on. */
export interface Site {
  readonly call: KernelCall;
  readonly operands: readonly Known[];
  readonly result: TensorType;
  /** Whether the compiled module has a function of this name. */
  has(name: string): boolean;
}

/** What the fast engine can pass besides: bytes made once and kept beside the constants, and memory to work in. */
export type EngineArgument = KernelArgument | { readonly packed: Uint8Array | Int16Array | Int32Array } | { readonly scratch: number };

/** A call that the fast engine executes. */
export interface EngineCall {
  readonly function: string;
  readonly arguments: readonly EngineArgument[];
}

/** A faster way of doing what a portable kernel does. It says itself what it can take: undefined where it cannot. */
export type VectorKernel = (site: Site) => EngineCall | undefined;

/** The fields of a call's struct, all of them numbers. */
export function structFields(call: KernelCall, struct: string): { readonly [name: string]: number } | undefined {
  const found = call.arguments.find((argument) => 'struct' in argument && argument.struct === struct);
  return found && 'struct' in found ? (found.fields as { readonly [name: string]: number }) : undefined;
}
