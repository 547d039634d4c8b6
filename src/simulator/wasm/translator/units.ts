import type { Row } from '../../riscv/row.ts';
import type { FunctionBuilder } from '../function.ts';
import { type Links, regionFunction } from './block.ts';
import { isInLibrary } from './floats.ts';
import { type Flow, flowFrom } from './flow.ts';
import type { Code } from './idioms.ts';
import type { Instruction } from './instruction.ts';
import { planOf } from './plan.ts';
import { structuredFunction, TooDeep } from './structured.ts';
import type { Surroundings } from './surroundings.ts';
import { traceFrom } from './trace.ts';

/** How code is divided into functions: a function each for guest functions, or for stretches of code that jump to one another. */
export type Strategy = 'structured' | 'block';

/** What is translated into one function. */
export interface Unit {
  readonly entry: number;
  readonly instructions: readonly Instruction[];
  /** Where to translate next: functions, and places that control goes to at once. */
  readonly functions: readonly number[];
  readonly places: readonly number[];
  write(links: Links): FunctionBuilder;
}

/** The code that units are made of. */
export interface Source extends Pick<Code, 'word'> {
  readonly surroundings: Surroundings;
  /** Functions are called, so that returns of the guest return from them. */
  readonly returns: boolean;
  decode(pc: number): Instruction | undefined;
  isFunction(pc: number): boolean;
  isEntry(pc: number): boolean;
}

/** The unit of a strategy at an entry, with `block` where `structured` cannot do it, as with hardware loops; undefined where nothing can be translated. */
export function unitAt(entry: number, strategy: Strategy, source: Source): Unit | undefined {
  return (strategy === 'structured' ? structuredUnit(entry, source) : undefined) ?? blockUnit(entry, source);
}

function structuredUnit(entry: number, source: Source): Unit | undefined {
  const { surroundings } = source;
  const flow = flowFrom(entry, source.decode, source.isFunction, source.word, surroundings.timing?.runLength);
  const plan = flow && planOf(flow, surroundings);
  if (plan === undefined) return undefined;
  const instructions = plan.blocks.flatMap((block) => block.instructions);
  const write = (links: Links): FunctionBuilder => {
    try {
      return structuredFunction(plan, surroundings, links);
    } catch (error) {
      if (!(error instanceof TooDeep)) throw error;
      return blockUnit(entry, source)!.write(links);
    }
  };
  return { entry, instructions, functions: [...(flow as Flow).calls], places: [], write };
}

function blockUnit(entry: number, source: Source): Unit | undefined {
  const trace = traceFrom(entry, source.decode, source.isEntry, source.surroundings.timing?.runLength);
  if (trace === undefined) return undefined;
  const write = (links: Links): FunctionBuilder => regionFunction(trace, source.surroundings, links, source.returns);
  return { entry, instructions: trace.instructions, functions: trace.calls, places: trace.successors, write };
}

/** The float instructions in a unit that are calls of the library. */
export const libraryRows = ({ instructions }: Unit): readonly Row[] => instructions.map(({ row }) => row).filter(isInLibrary);
