import { isTranslated } from './floats.ts';
import type { Instruction } from './instruction.ts';

/** The instructions of one region: from its entry along the paths that fall through or jump forward, out at every other turn. */
export interface Trace {
  readonly entry: number;
  readonly instructions: readonly Instruction[];
  /** Where execution goes on after the last instruction, if that does not leave by itself. */
  readonly end: number | undefined;
  /** Addresses that can be reached from here and deserve a region. */
  readonly successors: readonly number[];
  /** Functions that are called. */
  readonly calls: readonly number[];
  /** A branch or a hardware loop goes back to the entry. */
  readonly loops: boolean;
}

/** Longer code goes on in another region. */
const longest = 96;
/** A region this long ends where another one starts, instead of repeating its instructions. */
const enough = 12;

export const targetOf = ({ pc, operands }: Instruction): number => pc + (operands['offset'] ?? 0);

/** Follows the code from an entry. `decode` gives nothing where no instruction can be fetched, or none that can be translated. */
export function traceFrom(
  entry: number,
  decode: (pc: number) => Instruction | undefined,
  isEntry: (pc: number) => boolean,
  runLength: (pc: number) => number = () => 1,
): Trace | undefined {
  const instructions: Instruction[] = [];
  const successors: number[] = [];
  const calls: number[] = [];
  const visited = new Set<number>();
  let loops = false;
  let pc = entry;
  /** Instructions that are left of the run. */
  let left = 0;
  const trace = (end?: number): Trace => ({ entry, instructions, end, successors, calls, loops });
  for (;;) {
    const full = left === 0 && (instructions.length >= longest || visited.has(pc) || (instructions.length >= enough && isEntry(pc)));
    if (left === 0) left = runLength(pc);
    left--;
    const instruction = full ? undefined : decode(pc);
    if (instruction === undefined) {
      if (instructions.length === 0) return undefined;
      successors.push(pc);
      return trace(pc);
    }
    if (!isTranslated(instruction)) {
      successors.push(instruction.next);
      return instructions.length > 0 ? trace(pc) : undefined;
    }
    instructions.push(instruction);
    visited.add(pc);
    pc = instruction.next;
    for (const start of instruction.loopStarts ?? []) {
      if (start === entry) loops = true;
      else successors.push(start);
    }
    const { control } = instruction.row;
    if (control === 'branch') {
      const target = targetOf(instruction);
      if (target === entry) loops = true;
      else successors.push(target);
    } else if (control === 'jump') {
      const target = targetOf(instruction);
      const links = instruction.operands['rd'] !== 0;
      if (links) successors.push(instruction.next);
      if (target === entry) loops = true;
      if (links || target <= instruction.pc) {
        if (target !== entry) (links ? calls : successors).push(target);
        return trace();
      }
      pc = target;
    } else if (control === 'indirect') {
      if (instruction.operands['rd'] !== 0) successors.push(instruction.next);
      return trace();
    }
  }
}
