import type { Expr, ValType, Word } from '../expression.ts';
import type { FunctionBuilder } from '../function.ts';
import type { Instruction } from './instruction.ts';

/** Where a cycle model's code is written: a function under construction. All of it is between two instructions of the guest or inside one. */
export interface TimingSite {
  readonly builder: FunctionBuilder;
  /** A value that is needed twice. */
  name<T extends ValType | 'word'>(value: Expr<T>): Expr<T>;
  /** An x register before the instruction at hand; may be read more than once, until the instruction writes its results. */
  word(register: number): Word;
  /** Takes cycles from those that are left until the deadline. */
  spend(cycles: Expr<'i32'>): void;
  /** Cycles left until the deadline before the instruction at hand: (deadline - cycle), as the interpreter would have it. */
  cyclesLeft(): Expr<'i32'>;
  /** The same behind its issue, where the cycle model counts its cycles: a command of an accelerator is given then. */
  cyclesLeftIssued(): Expr<'i32'>;
  /** The base of the core's own area in the linear memory; what lies in it has a constant offset (`layout.timing` to `layout.area`). */
  area(): Expr<'i32'>;
  /** Calls one of the model's own functions, by its place among them. */
  call(index: number, ...operands: readonly Expr<'i32'>[]): Expr<'i32'>;
  /** The main memory's place in the linear memory. */
  readonly ram: number;
}

/** How control leaves an instruction that may change it. The code for it runs only where the decision is this one. */
export type Decision =
  | { readonly kind: 'not taken' }
  | { readonly kind: 'taken'; readonly target: number }
  /** jal: a call, where it links. */
  | { readonly kind: 'jump'; readonly target: number; readonly links: boolean }
  | { readonly kind: 'indirect'; readonly target: Word; readonly links: boolean };

/**
 * A cycle model in translated code. Absent, every instruction takes one cycle and no code is written for it.
 *
 * A run is a list of instructions that is entered at its start only and left at many places: each instruction's predecessor is known. For one instruction
 * the calls come in the order `issue`, `access`, `decide`, after everything that could send the instruction to the interpreter instead: what is
 * spent is spent for an instruction that runs here. The interpreter's model sees the same things at the same cycles.
 */
export interface EmittedTiming {
  /** All that the model's code depends on besides the guest's; absent where translated code with the model cannot outlive a run. */
  readonly conditions?: string;
  /** Commands of accelerators, and fences that wait for them, may be part of translated code. */
  readonly commands?: boolean;
  /**
   * Where the cycles of an instruction depend on more than the one before it: how many instructions of a straight line belong together from this address on, to
   * the next one that may change control or to the model's own limit. They are then translated together wherever control comes from, and entered nowhere else.
   */
  runLength?(pc: number): number;
  /** Functions that the model's code calls, from i32s to an i32; they are in every module, where `index` says under which index each one is. */
  functions?(index: (place: number) => number): readonly FunctionBuilder[];
  /** Cycles of an instruction that the code alone tells; they are counted without being looked at before the next yield point. */
  cycles(run: readonly Instruction[], index: number): number;
  /** At the start of a run; `isDirect` where control comes only from instructions that decided for its address, in the same function. */
  enter?(site: TimingSite, run: readonly Instruction[], isDirect: boolean): void;
  /** The instruction runs now; its operands are in their registers, its results are not. */
  issue?(site: TimingSite, run: readonly Instruction[], index: number): void;
  /** A load or store of plain main memory, at an offset in it. An atomic access is a store. */
  access?(
    site: TimingSite,
    instruction: Instruction,
    access: { readonly offset: Expr<'i32'>; readonly bytes: number; readonly store: boolean },
  ): void;
  decide?(site: TimingSite, run: readonly Instruction[], index: number, decision: Decision): void;
  /** Wherever a run is left, after the first `count` of its instructions: what the model knows there from the code goes into the core's area. */
  exit?(site: TimingSite, run: readonly Instruction[], count: number): void;
}
