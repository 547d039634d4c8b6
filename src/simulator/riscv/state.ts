import type { FloatStatus } from '../float/status.ts';
import type { Bus } from './memory.ts';
import { type Cause, Trap } from './trap.ts';

export interface CoreOptions {
  readonly bus: Bus;
  /** Single-letter extensions as in misa: 'imafdc'. */
  readonly extensions: string;
  readonly hart?: number;
  /** What a load or store that is not naturally aligned does. Atomic accesses always trap. */
  readonly misaligned?: 'ok' | 'trap';
  /** Zfinx: float values live, unboxed, in the x registers. */
  readonly floatsInX?: boolean;
  /** Where the registers live, in place of memory of their own: `wordsOfX`, 64 and 6 words, all zero. */
  readonly registers?: { readonly x: Int32Array; readonly f: Int32Array; readonly loops: Int32Array };
  /** All cores that share the memory, this one among them; the machine fills the list. */
  readonly peers?: readonly State[];
}
/** Machine and user mode, as mstatus.MPP codes them. */
export type Mode = 0 | 3;

/** Slots of x registers: 32, a sink that writes of x0 go to, a scratch word, and a pool of constants for the operands that are immediates. */
const registers = 32;
const reserved = registers + 2;
const constants = 16384;
/** Words that the x registers take with all that belongs to them. */
export const wordsOfX = (stride: 1 | 2): number => (reserved + constants) * stride;

/**
 * The architectural state of one hart, and the words in which rows say what they do. Values are int32 in numbered slots: one slot per x register on RV32,
 * two (low, high) on RV64, two per f register. Destinations come first, like the assembler's. No BigInt where speed matters.
 */
export abstract class State {
  abstract readonly xlen: 32 | 64;
  /** x registers, the sink, constants. */
  readonly x: Int32Array;
  /** f registers: low and high word each, NaN-boxed where they hold a single. With Zfinx, the x registers. */
  readonly f: Int32Array;
  readonly bus: Bus;
  readonly hart: number;
  readonly extensions: string;
  readonly floatsInX: boolean;
  readonly misalignedTraps: boolean;
  protected readonly peers: readonly State[];

  /** Address of the instruction that runs next. Only between instructions; inside one, `pc` and `next` are operands. */
  pc = 0;
  pcHigh = 0;
  /** Where a branch or jump goes. */
  target = 0;
  targetHigh = 0;
  mode: Mode = 3;
  /** Instructions retired and cycles passed: exact at block ends and inside `system` and `device` rows. */
  instret = 0;
  cycle = 0;
  /** The engine returns to its driver at the first yield point at or after this cycle. */
  deadline = Number.POSITIVE_INFINITY;
  /** Waits for an interrupt (wfi). */
  waiting = false;
  /** Counts the events after which cached decodings and translations are void: fence.i, floats switched on or off. */
  codeVersion = 0;
  #reservation: number | undefined;
  /** mip and mie; devices set and clear the bits of `pending`. */
  pending = 0;
  enabled = 0;
  /** The low word of mstatus. */
  status = 0;
  /** Hardware loops: start, address of the last instruction and count of two, and all ends there ever were. */
  readonly loops: Int32Array;
  readonly loopEnds = new Set<number>();
  /** The starts of loops that instructions lay, by their ends: translated code may go back there. A CSR write lays others. */
  readonly loopStarts = new Map<number, Set<number>>();
  /** Addresses before whose instruction a run throws a Stop, and how often they changed. */
  readonly breakpoints = new Set<number>();
  breakpointVersion = 0;
  /** What a write to mcycle and minstret added to the counts. */
  cycleOffset = 0n;
  instretOffset = 0n;
  /** The time CSR: a machine with a timer puts its own clock here. */
  clock = (): bigint => BigInt(this.cycle);
  /** How often happened what a value of mhpmevent selects; a cycle model puts its own here, without one there are no such counters. */
  events: ((selector: bigint) => bigint) | undefined;
  /** fflags, with what float operations leave behind, and frm. */
  readonly floats: FloatStatus = { flags: 0, high: 0 };
  rounding = 0;
  /** CSRs that are plain storage, by number. */
  readonly csrs = new Map<number, bigint>();

  /** High word of the address that `address` computed last; 0 on RV32. */
  protected high = 0;
  /** Bits of an instruction's address that must be 0; bit 0 always is. */
  protected readonly targetMask: 0 | 2;
  #nextConstant: number;
  readonly #constants = new Map<number, number>();
  /** Int32 slots per x register. */
  readonly stride: 1 | 2;

  constructor(
    { bus, extensions, hart = 0, misaligned = 'ok', floatsInX = false, peers = [], registers: place }: CoreOptions,
    stride: 1 | 2,
  ) {
    this.stride = stride;
    this.x = place?.x ?? new Int32Array(wordsOfX(stride));
    this.loops = place?.loops ?? new Int32Array(6);
    this.f = floatsInX ? this.x : (place?.f ?? new Int32Array(64));
    this.bus = bus;
    this.hart = hart;
    this.extensions = extensions;
    this.floatsInX = floatsInX;
    this.misalignedTraps = misaligned === 'trap';
    this.peers = peers;
    this.targetMask = extensions.includes('c') ? 0 : 2;
    this.#nextConstant = reserved;
  }

  /** Replaces the breakpoints. */
  stopBefore(addresses: Iterable<number>): void {
    this.breakpoints.clear();
    for (const address of addresses) this.breakpoints.add(address | 0);
    this.breakpointVersion++;
    this.codeVersion++;
  }

  /** Address that lr reserved, or undefined; another core's store into its doubleword takes it away. */
  get reservation(): number | undefined {
    return this.#reservation;
  }
  set reservation(address: number | undefined) {
    this.#reservation = address;
    this.bus.reservations++;
  }

  /** fflags. */
  get flags(): number {
    return this.floats.flags;
  }
  set flags(value: number) {
    this.floats.flags = value;
  }

  // Slots

  /** The slot that an x register is read from. */
  source(register: number): number {
    return register * this.stride;
  }
  /** The slot that an x register is written to: x0 has a sink. */
  destination(register: number): number {
    return (register === 0 ? registers : register) * this.stride;
  }
  /** A slot for a row's intermediate result. */
  get scratch(): number {
    return (registers + 1) * this.stride;
  }
  /** The slot of a constant, sign-extended to the word; undefined when the pool is full and `forgetConstants` is due. */
  constant(value: number): number | undefined {
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    if (this.#nextConstant === reserved + constants) return undefined;
    const slot = this.#nextConstant++ * this.stride;
    this.set(slot, value);
    this.#constants.set(value, slot);
    return slot;
  }
  /** Empties the pool: all decoded operands are void. */
  forgetConstants(): void {
    this.#constants.clear();
    this.#nextConstant = reserved;
  }

  /** Writes a 32-bit value, sign-extended to the word. */
  abstract set(to: number, value: number): void;
  /** Writes both words; on RV32 the low one. */
  abstract setWords(to: number, low: number, high: number): void;
  /** Writes an address below 2^32. */
  abstract setAddress(to: number, address: number): void;

  // Arithmetic, on words of the hart's width

  abstract copy(to: number, a: number): void;
  abstract add(to: number, a: number, b: number): void;
  abstract sub(to: number, a: number, b: number): void;
  abstract and(to: number, a: number, b: number): void;
  abstract or(to: number, a: number, b: number): void;
  abstract xor(to: number, a: number, b: number): void;
  /** Distances are the low 5 or 6 bits. */
  abstract shiftLeft(to: number, a: number, b: number): void;
  abstract shiftRight(to: number, a: number, b: number): void;
  abstract shiftRightSigned(to: number, a: number, b: number): void;
  abstract equal(a: number, b: number): boolean;
  abstract less(a: number, b: number): boolean;
  abstract lessUnsigned(a: number, b: number): boolean;
  abstract mul(to: number, a: number, b: number): void;
  abstract mulHigh(to: number, a: number, b: number): void;
  abstract mulHighSignedUnsigned(to: number, a: number, b: number): void;
  abstract mulHighUnsigned(to: number, a: number, b: number): void;
  /** Division by 0 gives all ones and the dividend, overflow the dividend and 0. */
  abstract div(to: number, a: number, b: number): void;
  abstract divUnsigned(to: number, a: number, b: number): void;
  abstract rem(to: number, a: number, b: number): void;
  abstract remUnsigned(to: number, a: number, b: number): void;
  /** to = b + (a << distance). */
  abstract shiftAdd(to: number, a: number, b: number, distance: number): void;
  abstract not(to: number, a: number): void;
  abstract rotateLeft(to: number, a: number, b: number): void;
  abstract rotateRight(to: number, a: number, b: number): void;
  abstract countLeadingZeros(to: number, a: number): void;
  abstract countTrailingZeros(to: number, a: number): void;
  abstract countOnes(to: number, a: number): void;
  /** Every byte that is not 0 becomes 0xff. */
  abstract orCombine(to: number, a: number): void;
  abstract reverseBytes(to: number, a: number): void;
  /** The low half word or word, zero-extended. */
  abstract zeroExtend(to: number, a: number, bits: 16 | 32): void;
  /** The word's value as an integer, for CSRs. */
  abstract readBig(slot: number): bigint;
  abstract writeBig(to: number, value: bigint): void;
  // Control

  /** The low word of slot + offset; its high word is left in `high`. */
  protected abstract address(slot: number, offset: number): number;

  /** A taken branch or direct jump. */
  jump(pc: number, offset: number): void {
    const target = (pc >>> 0) + offset;
    this.target = target | 0;
    this.targetHigh = this.xlen === 32 || (target >= 0 && target < 2 ** 32) ? 0 : target < 0 ? -1 : 1;
    if ((target & this.targetMask) !== 0) throw new Trap('instruction address misaligned', this.target, this.targetHigh);
  }
  /** jalr: to slot + offset, its lowest bit cleared. */
  jumpIndirect(slot: number, offset: number): void {
    this.target = this.address(slot, offset) & -2;
    this.targetHigh = this.high;
    if ((this.target & this.targetMask) !== 0) throw new Trap('instruction address misaligned', this.target, this.targetHigh);
  }
  /** Sets a register of a hardware loop: start, end or count. A new end voids the decoded code, whose blocks must stop there. */
  setLoop(id: number, register: 0 | 1 | 2, value: number): void {
    this.loops[3 * id + register] = value;
    if (register !== 1 || this.loopEnds.has(value | 0)) return;
    this.loopEnds.add(value | 0);
    this.codeVersion++;
  }
  /** An instruction lays a loop with this end, and this start if it is known. */
  layLoop(end: number, start?: number): void {
    const starts = this.loopStarts.get(end | 0) ?? new Set();
    if (this.loopStarts.has(end | 0) && (start === undefined || starts.has(start | 0))) return;
    if (start !== undefined) starts.add(start | 0);
    this.loopStarts.set(end | 0, starts);
    this.loopEnds.add(end | 0);
    this.codeVersion++;
  }
  /** After the instruction at `pc`, which a loop ends with: counts, the inner loop 0 first, and says whether one starts again, at `target`. */
  loopBack(pc: number): boolean {
    for (let at = 0; at < 6; at += 3) {
      if (this.loops[at + 1] !== pc || this.loops[at + 2] === 0) continue;
      this.loops[at + 2]!--;
      if (this.loops[at + 2] === 0) continue;
      this.target = this.loops[at]!;
      return true;
    }
    return false;
  }

  trap(cause: Cause, low = 0, high = 0): never {
    throw new Trap(cause, low, high);
  }

  // Floats in the registers

  /** The rounding mode of an instruction: its own or, with 7, that of frm. */
  roundingMode(rm: number): number {
    const mode = rm === 7 ? this.rounding : rm;
    return mode > 4 ? this.trap('illegal instruction') : mode;
  }

  /** The bits of a single; a value that is not boxed reads as the canonical NaN. */
  readSingle(slot: number): number {
    return this.floatsInX || this.f[slot + 1] === -1 ? this.f[slot]! : 0x7fc00000;
  }
  writeSingle(to: number, bits: number): void {
    if (this.floatsInX) this.set(to, bits);
    else {
      this.f[to] = bits;
      this.f[to + 1] = -1;
    }
  }
  /** A double whose high word the float library left in `floats`. */
  writeDoubleResult(to: number, low: number): void {
    this.f[to] = low;
    this.f[to + 1] = this.floats.high;
  }
}
