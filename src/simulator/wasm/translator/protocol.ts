import { type Expr, get, i32, type ValType } from '../expression.ts';
import { layout } from './layout.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * How the functions of regions call one another: (cycles left[, instructions retired], host stack left) -> (pc[, ...the counters]). All guest registers are in the
 * core's area when a function is called and when it returns. It returns the address at which the guest goes on: a caller whose return address this
 * is goes on itself, any other returns it in turn; whoever enters translated code looks for a region there. An odd address says that the core's area has the pc
 * and the reason to leave translated code.
 *
 * Where every instruction takes one cycle, the instructions retired are the cycles passed, and are not counted a second time.
 */
export interface Protocol {
  readonly parameters: readonly ValType[];
  readonly results: readonly ValType[];
  /** The parameter with the instructions retired. */
  readonly retired: number | undefined;
  /** The parameter of the words of host stack left: at none, a call returns its target in place of calling it. */
  readonly depth: number;
}

/** Words of the host's stack for guest calls: 400 KB, where Node and browsers have about a megabyte. */
export const stackWords = 50_000;

/** The parameter with the cycles left. */
export const left = 0;
/** The result in place of an address: translated code is left. */
export const leaving = 1;

export function protocolOf({ timing, xlen }: Surroundings): Protocol {
  const counters: ValType[] = timing === undefined ? ['i32'] : ['i32', 'i32'];
  return {
    parameters: [...counters, 'i32'],
    results: [xlen === 64 ? 'i64' : 'i32', ...counters],
    retired: timing === undefined ? undefined : 1,
    depth: counters.length,
  };
}

/** The counters after instructions that the code alone tells. */
export const countersAfter = ({ retired }: Protocol, instructions: number, cycles: number): Expr<'i32'>[] => [
  cycles === 0 ? get('i32', left) : i32.sub(get('i32', left), i32.const(cycles)),
  ...(retired === undefined ? [] : [i32.add(get('i32', retired), i32.const(instructions))]),
];

/** The place of an address in the cache of targets, in bytes from its begin. */
export const placeOf = (pc: Expr<'i32'>): Expr<'i32'> => i32.and(i32.shl(pc, i32.const(2)), i32.const(layout.timing - layout.targets - 8));
