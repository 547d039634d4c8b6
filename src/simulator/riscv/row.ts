import type { Core } from './core.ts';
import type { Emitter, Expression, Word } from './emit.ts';
import { type Encoding, type Fields, parseEncoding } from './encoding.ts';

/** What a row costs: the name that a cycle model prices. */
export type CycleClass =
  | 'alu'
  | 'multiply'
  | 'divide'
  | 'load'
  | 'store'
  | 'atomic'
  | 'branch'
  | 'jump'
  | 'indirect-jump'
  | 'csr'
  | 'system'
  | 'fence'
  | 'float-load'
  | 'float-store'
  | 'float-add'
  | 'float-multiply'
  | 'float-fused'
  | 'float-divide'
  | 'float-compare'
  | 'float-convert'
  | 'float-move'
  | 'loop'
  | 'device';

/**
 * How control leaves a row. `next`: on to the following one. `branch`, `jump`, `indirect`: to `core.next` where taken. `system`: the row may change
 * anything (mode, CSRs, code), so its block ends, counters are exact in it, and interrupts are looked for after it. `device`: on to the following one, but
 * counters are exact in it, and it may add cycles or suspend the core. `loop`: on to the following one, but what comes may be the end of a hardware loop now.
 */
export type Control = 'next' | 'branch' | 'jump' | 'indirect' | 'system' | 'device' | 'loop';
const controls: Partial<Record<CycleClass, Control>> = {
  branch: 'branch',
  jump: 'jump',
  'indirect-jump': 'indirect',
  csr: 'system',
  system: 'system',
  device: 'device',
  loop: 'loop',
};

/** What `evaluate` sees: slots of `core.x` for x registers, `imm`, `uimm` and `shamt`; slots of `core.f` for f registers; numbers for all others. */
export type Slots<F extends string> = { readonly [N in F]: number } & { readonly pc: number; readonly next: number };

/** What `emit` sees: words for x registers, numbers (of the f register, of an immediate, of a mode) for all others. */
export type Emitted<F extends string> = { readonly [N in F]: N extends `rs${string}` ? Word : number };
type Written<F> = Extract<F, 'rd' | 'rs1' | 'fd'>;
export type Results<F extends string> = {
  readonly [N in Written<F>]?: N extends 'fd' ? Expression<'f32'> | Expression<'f64'> : Word;
};

/**
 * The meaning, twice, written independently: comparing the engines then means something. A row without `emit` leaves translated code and is evaluated.
 */
export interface Bodies<F extends string> {
  readonly evaluate: (operands: Slots<F>, core: Core) => void;
  readonly emit?: (operands: Emitted<F>, core: Emitter) => Results<F>;
  /** The hardware loop that an instruction lays, or what it tells of one. */
  readonly lays?: Lays<F>;
}
export interface LoopLaid {
  readonly id: number;
  readonly start?: number;
  readonly end?: number;
}
export type Lays<F extends string> = (operands: { readonly [N in F]: number }, pc: number, next: number) => LoopLaid;

export interface Row extends Encoding {
  readonly cycles: CycleClass;
  readonly control: Control;
  readonly syntax: string;
  readonly mnemonic: string;
  readonly xlen?: 32 | 64;
  /** Values of an operand for which the encoding belongs to another row, or to none. */
  readonly except: Except;
  /** Zfinx: what the line calls an f register is an x register. */
  readonly floatsInX?: boolean;
  /** A compressed row: the assembly of the row it stands for. It has no bodies of its own. */
  readonly expansion?: string;
  readonly evaluate?: Bodies<string>['evaluate'];
  readonly emit?: Bodies<string>['emit'];
  readonly lays?: Lays<string>;
}
export type Except = { readonly [name: string]: readonly number[] };

/** One instruction: the manual's assembly line, the manual's encoding line, what it costs and the two bodies. */
export function row<const Line extends string>(
  cycles: CycleClass,
  syntax: string,
  line: Line,
  bodies: Bodies<Fields<Line>>,
  except: Except = {},
): Row {
  return {
    cycles,
    control: controls[cycles] ?? 'next',
    syntax,
    mnemonic: mnemonicOf(syntax),
    except,
    ...parseEncoding(line),
    ...(bodies as unknown as Bodies<string>),
  };
}

/** A compressed instruction: its own two lines and the assembly of what it stands for, with its operands or constants in the places of the base row's. */
export function compressed(syntax: string, line: string, expansion: string, except: Except = {}): Row {
  return { cycles: 'alu', control: 'next', syntax, mnemonic: mnemonicOf(syntax), except, expansion, ...parseEncoding(line) };
}

/** Rows that exist at one width only. */
export const only = (xlen: 32 | 64, rows: readonly Row[]): readonly Row[] => rows.map((each) => ({ ...each, xlen }));

export const mnemonicOf = (syntax: string): string => syntax.split(' ')[0] ?? syntax;
/** The operands of an assembly line in their order: names, registers `x2`, numbers. */
export const operandsOf = (syntax: string): readonly string[] => syntax.slice(mnemonicOf(syntax).length).match(/[a-zA-Z]\w*|-?\d+/g) ?? [];
