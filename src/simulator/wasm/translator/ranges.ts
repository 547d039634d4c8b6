import { type Access, factsOf, writesOf } from './facts.ts';
import type { Instruction } from './instruction.ts';
import type { RegisterUse } from './liveness.ts';
import { registersOf } from './register-set.ts';

/**
 * Accesses of memory whose addresses differ by constants: one check of the whole range serves them all. The root is the value of a register at the start of the
 * run, or what an instruction in it made; addresses are counted from there.
 */
export interface Range {
  /** Of the lowest byte, and of the one behind the highest. */
  low: number;
  high: number;
  stores: boolean;
  /** The instruction before which the range is checked; 0 is the start of the run. */
  readonly first: number;
  /** There the root is this register less `distance`. */
  readonly register: number;
  readonly distance: number;
}

/** Where an access is: at a constant address, or in a range at an offset from its root. */
export type Place = { readonly address: number } | { readonly range: Range; readonly offset: number };

/** What a register holds, as far as it is known: a root and a distance from it; without a root, a constant. */
interface Value {
  readonly root: number | undefined;
  readonly distance: number;
}

/** What registers hold at the start of a run: x0 is a constant, the others are roots. */
const unknown = Array.from({ length: 32 }, (_, register): Value => ({ root: register === 0 ? undefined : register, distance: 0 }));

/** Ranges longer than this are checked in parts: they would fail too early at the end of the memory. */
const widest = 1 << 15;
const furthest = 1 << 20;

/**
 * The places of the accesses in instructions that run one after the other, by their index. Only the first `certain` of them run whenever the first one does: a
 * loop's body that is repeated may be left in between. A later access may widen the range of one that comes before it.
 * What `skipped` instructions make is not known behind them.
 */
export function placesOf(
  run: readonly Instruction[],
  certain: number,
  { xlen, floatsInX }: RegisterUse,
  skipped: ReadonlySet<Instruction> = new Set(),
): ReadonlyMap<number, Place> {
  const places = new Map<number, Place>();
  if (!run.some((instruction) => factsOf(instruction, xlen).access !== undefined)) return places;
  const values = [...unknown];
  const ranges = new Map<number, Range>();
  let roots = 32;
  for (const [index, instruction] of run.entries()) {
    const { access } = factsOf(instruction, xlen);
    if (access !== undefined) places.set(index, placeOf(access, instruction, index, index < certain, values, ranges));
    const made = skipped.has(instruction) ? undefined : knownValue(instruction, values);
    for (const register of registersOf(writesOf(instruction, xlen, floatsInX))) {
      if (register >= 32) break;
      const isKnown = made !== undefined && (made.root === undefined || Math.abs(made.distance) < furthest);
      values[register] = isKnown && register === instruction.operands['rd'] ? made : { root: roots++, distance: 0 };
    }
  }
  return places;
}

function placeOf(
  access: Access,
  { operands }: Instruction,
  index: number,
  isCertain: boolean,
  values: readonly Value[],
  ranges: Map<number, Range>,
): Place {
  const register = operands[access.base] ?? 0;
  const { root, distance } = values[register]!;
  const offset = distance + (access.displaced ? (operands['offset'] ?? 0) : 0);
  if (root === undefined) return { address: offset };
  const known = ranges.get(root);
  const end = offset + access.bytes;
  if (known !== undefined && Math.max(end, known.high) - Math.min(offset, known.low) <= widest) {
    known.low = Math.min(offset, known.low);
    known.high = Math.max(end, known.high);
    known.stores ||= access.store;
    return { range: known, offset };
  }
  const isFromStart = isCertain && root < 32 && known === undefined;
  const place = isFromStart ? { first: 0, register: root, distance: 0 } : { first: index, register, distance };
  const range: Range = { low: offset, high: end, stores: access.store, ...place };
  ranges.set(root, range);
  return { range, offset };
}

/** The sum of a register and a constant, where an instruction makes one. */
function knownValue({ row, operands, pc }: Instruction, values: readonly Value[]): Value | undefined {
  const immediate = operands['imm'] ?? 0;
  switch (row.mnemonic) {
    case 'lui':
      return { root: undefined, distance: immediate };
    case 'auipc':
      return { root: undefined, distance: pc + immediate };
    case 'addi':
      return sum(values[operands['rs1'] ?? 0]!, { root: undefined, distance: immediate });
    case 'add':
      return sum(values[operands['rs1'] ?? 0]!, values[operands['rs2'] ?? 0]!);
    default:
      return undefined;
  }
}

function sum(a: Value, b: Value): Value | undefined {
  if (a.root !== undefined && b.root !== undefined) return undefined;
  return { root: a.root ?? b.root, distance: a.distance + b.distance };
}
