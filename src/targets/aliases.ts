import { dtypes, type TensorType } from '../numeric/tensor.ts';
import type { Lifetime } from '../program/lifetimes.ts';
import type { Operators } from '../program/operator.ts';
import type { Program, Step } from '../program/program.ts';

/** Where a step's result lies that is a stretch of another tensor: so many bytes behind the beginning of an input or of a step that is none. */
export interface Alias {
  readonly of: string;
  readonly offset: number;
}
export type Aliases = ReadonlyMap<string, Alias>;

/** Tensors begin at multiples of so many bytes: kernels and transfers rely on it. */
const alignment = 16;

/** The first byte of a step's result in its operand, when every stage of it is a stretch of the one before. */
function stretchOf({ stages }: Step, types: ReadonlyMap<string, TensorType>, operators: Operators): Alias | undefined {
  const [of] = stages[0]!.operands as [string];
  let [type, first] = [types.get(of)!, 0];
  for (const [index, { operator: name, attributes, operands }] of stages.entries()) {
    const operator = operators.get(name)!;
    if (operands.length > (index === 0 ? 1 : 0)) return undefined;
    const result = operator.result(attributes, [type]);
    const start = operator.stretch?.(attributes, [type], result);
    if (start === undefined) return undefined;
    first += start;
    type = result;
  }
  return { of, offset: first * dtypes[type.dtype].bytes };
}

/** The steps that need no code, in the Program's order: each with where its result lies. */
export function aliasesOf(program: Program, types: ReadonlyMap<string, TensorType>, operators: Operators): Aliases {
  const aliases = new Map<string, Alias>();
  for (const step of program.steps) {
    const stretch = stretchOf(step, types, operators);
    if (stretch === undefined || stretch.offset % alignment !== 0 || program.constants.has(stretch.of)) continue;
    const outer = aliases.get(stretch.of);
    aliases.set(step.name, outer ? { of: outer.of, offset: outer.offset + stretch.offset } : stretch);
  }
  return aliases;
}

/** What needs a place of its own: a tensor lives as long as the last stretch of it. */
export function withoutAliases(tensors: readonly Lifetime[], aliases: Aliases): Lifetime[] {
  const last = new Map<string, number>();
  for (const { name, last: end } of tensors) {
    const root = aliases.get(name)?.of ?? name;
    last.set(root, Math.max(last.get(root) ?? 0, end));
  }
  return tensors.filter(({ name }) => !aliases.has(name)).map((tensor) => ({ ...tensor, last: last.get(tensor.name)! }));
}
