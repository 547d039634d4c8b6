import type { Bus } from './riscv/memory.ts';
import type { SymbolTable } from './symbols.ts';

/** What unwinding starts from. Addresses of 32 bits. */
export interface StackState {
  readonly pc: number;
  readonly stackPointer: number;
  readonly returnAddress: number;
  readonly xlen: 32 | 64;
}

/** What the instructions at a function's begin did to the stack. Bytes. */
interface Prologue {
  readonly frame: number;
  /** Where the return address was saved, from the stack pointer after the prologue. */
  readonly saved: number | undefined;
}

/** `match` under `mask`, and the signed number of bytes that the instruction's immediate means. */
interface Pattern {
  readonly mask: number;
  readonly match: number;
  readonly bytes: (word: number) => number;
}

const bits = (word: number, high: number, low: number): number => (word >>> low) & (2 ** (high - low + 1) - 1);

/** addi sp, sp, imm; c.addi sp, imm; c.addi16sp imm. */
const adjustments: readonly Pattern[] = [
  { mask: 0x000f_ffff, match: 0x0001_0113, bytes: (word) => word >> 20 },
  { mask: 0xef83, match: 0x0101, bytes: (word) => bits(word, 6, 2) - 32 * bits(word, 12, 12) },
  {
    mask: 0xef83,
    match: 0x6101,
    bytes: (word) =>
      (bits(word, 6, 6) << 4) + (bits(word, 2, 2) << 5) + (bits(word, 5, 5) << 6) + (bits(word, 4, 3) << 7) - 512 * bits(word, 12, 12),
  },
];
const storeOffset = (word: number): number => ((word >> 25) << 5) | bits(word, 11, 7);
/** sw ra, imm(sp); sd ra, imm(sp); c.swsp ra, imm; c.sdsp ra, imm. */
const saves: readonly Pattern[] = [
  { mask: 0x01ff_f07f, match: 0x0011_2023, bytes: storeOffset },
  { mask: 0x01ff_f07f, match: 0x0011_3023, bytes: storeOffset },
  { mask: 0xe07f, match: 0xc006, bytes: (word) => (bits(word, 12, 9) << 2) | (bits(word, 8, 7) << 6) },
  { mask: 0xe07f, match: 0xe006, bytes: (word) => (bits(word, 12, 10) << 3) | (bits(word, 9, 7) << 6) },
];

/** Longer functions begin no frame beyond this many bytes of code. */
const longestPrologue = 256;
const deepest = 64;

function readPrologue(bus: Bus, start: number, end: number): Prologue {
  let frame = 0;
  let saved: number | undefined;
  for (let pc = start; pc < Math.min(end, start + longestPrologue); ) {
    const half = bus.read(pc, 2) ?? 0;
    const wide = (half & 3) === 3;
    const word = wide ? ((bus.read(pc + 2, 2) ?? 0) << 16) | half : half;
    const find = (patterns: readonly Pattern[]) =>
      patterns.find(({ mask, match }) => (match & 3) === (half & 3) && (word & mask) === match)?.bytes(word);
    const adjustment = find(adjustments);
    if (adjustment !== undefined && adjustment < 0) {
      frame -= adjustment;
      if (saved !== undefined) saved -= adjustment;
    }
    saved ??= find(saves);
    pc += wide ? 4 : 2;
  }
  return { frame, saved };
}

/** An address that was saved on the stack; undefined where it cannot be one. */
function readAddress(bus: Bus, address: number, xlen: 32 | 64): number | undefined {
  const high = xlen === 64 ? bus.read(address + 4, 4) : 0;
  return high === 0 ? bus.read(address, 4) : undefined;
}

/**
 * The addresses of the calls that led here, the innermost first: pc, then the return address of each caller. The frames are read from the
 * instructions at each function's begin, which needs symbols but neither frame pointers nor debug information. Code that moves the stack pointer by a
 * register ends it.
 */
export function callStack(bus: Bus, symbols: SymbolTable, { pc, stackPointer, returnAddress, xlen }: StackState): number[] {
  const stack = [pc];
  let pointer = stackPointer;
  while (stack.length < deepest) {
    const innermost = stack.length === 1;
    const here = stack.at(-1)!;
    const inside = innermost ? here : here - 1; // a call may be the last instruction of its function
    const place = symbols.at(inside);
    if (place === undefined) break;
    const { frame, saved } = readPrologue(bus, inside - place.offset, here);
    const fromRegister = innermost ? returnAddress : undefined;
    const caller = saved === undefined ? fromRegister : readAddress(bus, pointer + saved, xlen);
    const calling = caller === undefined ? undefined : symbols.at(caller - 1);
    // A function that returns into itself without having saved where to has called others: the outermost one, which nobody called.
    if (caller === undefined || calling === undefined || (saved === undefined && calling.symbol === place.symbol)) break;
    pointer += frame;
    stack.push(caller);
  }
  return stack;
}
