import { bytesOf, type TensorType } from '../numeric/tensor.ts';
import type { Program } from './program.ts';

/** Bytes that must keep their place from the start of step `first` to the end of step `last`, both numbered from 0. */
export interface Lifetime {
  readonly name: string;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** The type of every value of a Program: inputs, constants and steps. */
export function valueTypes(program: Program): Map<string, TensorType> {
  const types = new Map<string, TensorType>();
  for (const [name, { type }] of program.inputs) types.set(name, type);
  for (const [name, { type }] of program.constants) types.set(name, type);
  for (const { name, type } of program.steps) types.set(name, type);
  return types;
}

/**
 * How long each input and each step's result is needed, in the Program's order. Inputs are all written before the first step, outputs read
 * after the last; a result that nobody reads still needs its place while its step runs.
 */
export function lifetimes({ inputs, steps, outputs }: Program): Lifetime[] {
  const end = Math.max(steps.length - 1, 0);
  const last = new Map<string, number>();
  steps.forEach(({ stages }, index) => {
    for (const operand of stages.flatMap(({ operands }) => operands)) last.set(operand, index);
  });
  for (const output of outputs) last.set(output, end);
  return [
    ...Array.from(inputs, ([name, { type }]) => ({ name, bytes: bytesOf(type), first: 0, last: last.get(name) ?? 0 })),
    ...steps.map(({ name, type }, index) => ({ name, bytes: bytesOf(type), first: index, last: last.get(name) ?? index })),
  ];
}
