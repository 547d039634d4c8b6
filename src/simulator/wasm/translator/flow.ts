import { isTranslated } from './floats.ts';
import { type Code, fusedTarget, sweep, tableTargets } from './idioms.ts';
import { type Instruction, isReturn } from './instruction.ts';
import { targetOf } from './trace.ts';

/** How a block ends. Addresses that are no block of the graph lie outside: control leaves for them. */
export type End =
  /** The next instruction starts another block, or lies outside. */
  | { readonly kind: 'fall'; readonly to: number }
  /** The interpreter has to run the instruction there. */
  | { readonly kind: 'stop'; readonly at: number }
  | { readonly kind: 'branch'; readonly taken: number; readonly next: number }
  /** A jump, also an indirect one whose target is known. */
  | { readonly kind: 'jump'; readonly to: number; readonly indirect: boolean }
  | { readonly kind: 'call'; readonly to: number; readonly back: number }
  /** `targets` are those of a jump table. */
  | { readonly kind: 'indirect'; readonly targets: readonly number[] }
  | { readonly kind: 'indirect call'; readonly back: number }
  | { readonly kind: 'return' };

/** Instructions that run one after the other, entered at the first one only. */
export interface Block {
  readonly start: number;
  /** The last one is what `end` says, unless that is `fall` or `stop`. */
  readonly instructions: readonly Instruction[];
  readonly end: End;
  /** Where control goes to a copy of the block at an address: the copy's number. */
  readonly copies?: ReadonlyMap<number, number>;
}

/** The blocks that are reached from an entry without leaving the function, by their addresses. */
export interface Flow {
  readonly entry: number;
  readonly blocks: ReadonlyMap<number, Block>;
  /** Functions that are called or jumped to, and addresses outside at which it goes on. */
  readonly calls: ReadonlySet<number>;
  readonly exits: ReadonlySet<number>;
}

/** Instructions of one function; longer ones go on outside. */
const longest = 6000;

const linkOf = ({ operands }: Instruction): number => operands['rd'] ?? 0;

/** How control leaves an instruction; undefined if it goes on with the next one. */
function endOf(instruction: Instruction, code: Code): End | undefined {
  const { row, next } = instruction;
  if (row.control === 'branch') return { kind: 'branch', taken: targetOf(instruction), next };
  const links = linkOf(instruction) !== 0;
  if (row.control === 'jump') {
    const to = targetOf(instruction);
    return links ? { kind: 'call', to, back: next } : { kind: 'jump', to, indirect: false };
  }
  if (row.control !== 'indirect') return undefined;
  const to = fusedTarget(instruction, code);
  if (to !== undefined) return links ? { kind: 'call', to, back: next } : { kind: 'jump', to, indirect: true };
  return indirectEnd(instruction, code);
}

function indirectEnd(instruction: Instruction, code: Code): End {
  if (linkOf(instruction) !== 0) return { kind: 'indirect call', back: instruction.next };
  if (isReturn(instruction)) return { kind: 'return' };
  return { kind: 'indirect', targets: tableTargets(instruction, code) };
}

/** Where control goes inside the function: the return of a call is one of its successors. */
export function successors(end: End): readonly number[] {
  switch (end.kind) {
    case 'fall':
    case 'jump':
      return [end.to];
    case 'branch':
      return [end.taken, end.next];
    case 'call':
    case 'indirect call':
      return [end.back];
    case 'indirect':
      return end.targets;
    default:
      return [];
  }
}

/** Follows the code from an entry; jumps to other functions leave it. Undefined where the first instruction is not translated, and with hardware loops. */
export function flowFrom(
  entry: number,
  decode: (pc: number) => Instruction | undefined,
  isFunction: (pc: number) => boolean,
  word: Code['word'],
  runLength?: (pc: number) => number,
): Flow | undefined {
  const found = new Map<number, Instruction>();
  const endingAt = new Map<number, Instruction>();
  let earlier: ReadonlyMap<number, Instruction> | undefined;
  const before = ({ pc }: Instruction): Instruction | undefined => {
    if (!endingAt.has(pc)) earlier ??= sweep(entry, decode);
    return endingAt.get(pc) ?? earlier?.get(pc);
  };
  const code: Code = { before, at: decode, word };
  const leaders = new Set([entry]);
  const ends = new Map<number, End>();
  const calls = new Set<number>();
  for (const leader of leaders) {
    for (let pc = leader; found.size < longest && !found.has(pc); ) {
      const instruction = decode(pc);
      if (instruction === undefined || !isTranslated(instruction)) break;
      if (instruction.loopStarts !== undefined) return undefined;
      found.set(pc, instruction);
      endingAt.set(instruction.next, instruction);
      const end = endOf(instruction, code);
      if (end !== undefined) {
        ends.set(pc, end);
        const leaves = end.kind === 'call' || (end.kind === 'jump' && (end.indirect || (end.to !== entry && isFunction(end.to))));
        if (leaves) calls.add(end.to);
        if (end.kind !== 'jump' || !leaves) for (const to of successors(end)) leaders.add(to);
        break;
      }
      pc = instruction.next;
    }
  }
  if (!found.has(entry)) return undefined;
  const blocks = new Map<number, Block>();
  const exits = new Set<number>();
  for (const start of leaders) {
    if (!found.has(start)) {
      exits.add(start);
      continue;
    }
    const block = blockFrom(start, found, leaders, ends, code, runLength?.(start));
    if (runLength !== undefined && block.end.kind === 'fall') leaders.add(block.end.to);
    blocks.set(start, block);
  }
  for (const { end } of blocks.values()) if (end.kind === 'stop') exits.add(end.at);
  return { entry, blocks, calls, exits };
}

function blockFrom(
  start: number,
  found: ReadonlyMap<number, Instruction>,
  leaders: ReadonlySet<number>,
  ends: ReadonlyMap<number, End>,
  code: Code,
  runLength: number | undefined,
): Block {
  const instructions: Instruction[] = [];
  const isRun = runLength !== undefined;
  for (let pc = start; ; ) {
    const instruction = found.get(pc);
    if (instruction === undefined) {
      const beyond = code.at(pc);
      const isOutside = beyond !== undefined && isTranslated(beyond);
      return { start, instructions, end: isOutside && !isRun ? { kind: 'fall', to: pc } : { kind: 'stop', at: pc } };
    }
    if (isRun ? instructions.length === runLength : pc !== start && leaders.has(pc))
      return { start, instructions, end: { kind: 'fall', to: pc } };
    instructions.push(instruction);
    const end = ends.get(pc);
    const isSplit = instruction.row.control === 'indirect' && pc === start;
    if (end !== undefined) return { start, instructions, end: isSplit ? indirectEnd(instruction, code) : end };
    pc = instruction.next;
  }
}
