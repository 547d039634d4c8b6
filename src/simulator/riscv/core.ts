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
}
/** Machine and user mode, as mstatus.MPP codes them. */
export type Mode = 0 | 3;

/** Slots of x registers: 32, a sink that writes of x0 go to, a scratch word, and a pool of constants for the operands that are immediates. */
const registers = 32;
const reserved = registers + 2;
const constants = 16384;

/**
 * The architectural state of one hart, and the words in which rows say what they do. Values are int32 in numbered slots: one slot per x register on RV32,
 * two (low, high) on RV64, two per f register. Destinations come first, like the assembler's. No BigInt where speed matters.
 */
export abstract class Core {
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

  /** Address of the instruction that runs next. Only between instructions; inside one, `pc` and `next` are operands. */
  pc = 0;
  pcHigh = 0;
  /** Where a branch or jump goes. */
  target = 0;
  targetHigh = 0;
  mode: Mode = 3;
  /** Instructions retired and cycles passed: exact at block ends and inside `system` rows. */
  instret = 0;
  cycle = 0;
  /** The engine returns to its driver at the first yield point at or after this cycle. */
  deadline = Number.POSITIVE_INFINITY;
  /** Waits for an interrupt (wfi). */
  waiting = false;
  /** Counts the events after which cached decodings and translations are void: fence.i, floats switched on or off. */
  codeVersion = 0;
  /** Address that lr reserved, or undefined. */
  reservation: number | undefined;
  /** mip and mie; devices set and clear the bits of `pending`. */
  pending = 0;
  enabled = 0;
  /** The low word of mstatus. */
  status = 0;
  /** Hardware loops: start, address of the last instruction and count of two, and all ends there ever were. */
  readonly loops = new Int32Array(6);
  readonly loopEnds = new Set<number>();
  /** Addresses before whose instruction a run throws a Stop, and how often they changed. */
  readonly breakpoints = new Set<number>();
  breakpointVersion = 0;
  /** What a write to mcycle and minstret added to the counts. */
  cycleOffset = 0n;
  instretOffset = 0n;
  /** The time CSR: a machine with a timer puts its own clock here. */
  clock = (): bigint => BigInt(this.cycle);
  /** fflags, with what float operations leave behind, and frm. */
  readonly floats: FloatStatus = { flags: 0, high: 0 };
  rounding = 0;
  /** CSRs that are plain storage, by number. */
  readonly csrs = new Map<number, bigint>();

  protected readonly base: number;
  protected readonly view: DataView;
  /** Bytes of the main memory that accesses reach directly: none while they are observed. */
  protected size: number;
  #observer: ((address: number, bytes: number, access: 'read' | 'write') => void) | undefined;
  /** High word of the address that `address` computed last; 0 on RV32. */
  protected high = 0;
  /** Bits of an instruction's address that must be 0; bit 0 always is. */
  protected readonly targetMask: 0 | 2;
  #coveredBase = 0;
  #coveredSize = 0;
  #nextConstant: number;
  readonly #constants = new Map<number, number>();
  /** Int32 slots per x register. */
  readonly stride: 1 | 2;

  constructor({ bus, extensions, hart = 0, misaligned = 'ok', floatsInX = false }: CoreOptions, stride: 1 | 2) {
    this.stride = stride;
    this.x = new Int32Array((reserved + constants) * stride);
    this.f = floatsInX ? this.x : new Int32Array(64);
    this.bus = bus;
    this.hart = hart;
    this.extensions = extensions;
    this.floatsInX = floatsInX;
    this.misalignedTraps = misaligned === 'trap';
    this.targetMask = extensions.includes('c') ? 0 : 2;
    this.base = bus.main.base | 0;
    this.view = bus.view;
    this.size = bus.main.bytes.length;
    this.#nextConstant = reserved;
    this.devicesChanged();
  }

  /** To be called after a device was attached inside the main memory. */
  devicesChanged(): void {
    const ranges = this.bus.covered;
    if (ranges.length === 0) return;
    const offsets = ranges.map(({ base }) => (base - this.base) >>> 0);
    const ends = ranges.map(({ size }, i) => (offsets[i] ?? 0) + size);
    this.#coveredBase = Math.min(...offsets) - 7;
    this.#coveredSize = Math.max(...ends) - this.#coveredBase;
  }

  /** Sees every access of the interpreter to memory that succeeds, while there is one; an atomic access is a write. All of them go the slow path then. */
  observe(observer: ((address: number, bytes: number, access: 'read' | 'write') => void) | undefined): void {
    this.#observer = observer;
    this.size = observer ? 0 : this.bus.main.bytes.length;
  }
  /** Replaces the breakpoints. */
  stopBefore(addresses: Iterable<number>): void {
    this.breakpoints.clear();
    for (const address of addresses) this.breakpoints.add(address | 0);
    this.breakpointVersion++;
    this.codeVersion++;
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
  /** Whether a row's destination is x0. */
  discards(to: number): boolean {
    return to === registers * this.stride;
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

  // Memory

  /** The low word of slot + offset; its high word is left in `high`. */
  protected abstract address(slot: number, offset: number): number;

  loadByte(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    this.set(to, at < this.size && this.high === 0 ? this.view.getInt8(at) : (this.read(address, 1, 'load') << 24) >> 24);
  }
  loadByteUnsigned(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    this.set(to, at < this.size && this.high === 0 ? this.view.getUint8(at) : this.read(address, 1, 'load'));
  }
  loadHalf(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    this.set(to, this.direct(at, 2) ? this.view.getInt16(at, true) : (this.read(address, 2, 'load') << 16) >> 16);
  }
  loadHalfUnsigned(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    this.set(to, this.direct(at, 2) ? this.view.getUint16(at, true) : this.read(address, 2, 'load'));
  }
  loadWord(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    this.set(to, this.direct(at, 4) ? this.view.getInt32(at, true) : this.read(address, 4, 'load'));
  }
  storeByte(base: number, offset: number, from: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    if (this.direct(at, 1) && !this.covered(at)) this.view.setInt8(at, this.x[from]!);
    else this.write(address, 1, this.x[from]!);
  }
  storeHalf(base: number, offset: number, from: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    if (this.direct(at, 2) && !this.covered(at)) this.view.setInt16(at, this.x[from]!, true);
    else this.write(address, 2, this.x[from]!);
  }
  storeWord(base: number, offset: number, from: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    if (this.direct(at, 4) && !this.covered(at)) this.view.setInt32(at, this.x[from]!, true);
    else this.write(address, 4, this.x[from]!);
  }
  /** RV64: a doubleword into an x register. */
  abstract loadDouble(to: number, base: number, offset: number): void;
  abstract storeDouble(base: number, offset: number, from: number): void;
  abstract loadWordUnsigned(to: number, base: number, offset: number): void;

  /** flw: boxed. */
  loadSingle(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    this.writeSingle(to, this.direct(at, 4) ? this.view.getInt32(at, true) : this.read(address, 4, 'load'));
  }
  storeSingle(base: number, offset: number, from: number): void {
    this.storeAt(base, offset, this.f[from]!);
  }
  /** fld and fsd. */
  loadFloatDouble(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    const direct = this.direct(at, 8);
    const low = direct ? this.view.getInt32(at, true) : this.readDouble(address, 'load');
    this.f[to + 1] = direct ? this.view.getInt32(at + 4, true) : this.doubleHigh;
    this.f[to] = low;
  }
  storeFloatDouble(base: number, offset: number, from: number): void {
    this.storeDoubleAt(base, offset, this.f[from]!, this.f[from + 1]!);
  }
  protected storeAt(base: number, offset: number, value: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    if (this.direct(at, 4) && !this.covered(at)) this.view.setInt32(at, value, true);
    else this.write(address, 4, value);
  }
  protected storeDoubleAt(base: number, offset: number, low: number, high: number): void {
    const address = this.address(base, offset);
    const at = (address - this.base) >>> 0;
    if (this.direct(at, 8) && !this.covered(at)) {
      this.view.setInt32(at, low, true);
      this.view.setInt32(at + 4, high, true);
    } else this.writeDouble(address, low, high);
  }

  /** Whether the access goes straight to the main memory: in range, below 2^32, and aligned where misaligned accesses trap. */
  protected direct(at: number, bytes: number): boolean {
    return at <= this.size - bytes && this.high === 0 && (!this.misalignedTraps || (at & (bytes - 1)) === 0);
  }
  protected covered(at: number): boolean {
    return (at - this.#coveredBase) >>> 0 < this.#coveredSize;
  }

  /** The slow path of a load: other memories, devices, faults. Unsigned below 4 bytes. */
  protected read(address: number, bytes: 1 | 2 | 4, what: 'load' | 'store'): number {
    this.checkAlignment(address, bytes, what);
    const value = this.high === 0 ? this.#readBus(address, bytes) : undefined;
    if (value === undefined) throw new Trap(`${what} access fault`, address, this.high);
    if (what === 'load') this.#observer?.(address >>> 0, bytes, 'read');
    return value;
  }
  #readBus(address: number, bytes: 1 | 2 | 4): number | undefined {
    if ((address & (bytes - 1)) === 0) return this.bus.read(address, bytes);
    let value = 0;
    for (let i = bytes - 1; i >= 0; i--) {
      const byte = this.bus.read((address + i) | 0, 1);
      if (byte === undefined) return undefined;
      value = (value << 8) | byte;
    }
    return value;
  }
  /** Returns the low word and leaves the high one in `doubleHigh`. */
  protected doubleHigh = 0;
  protected readDouble(address: number, what: 'load' | 'store'): number {
    this.checkAlignment(address, 8, what);
    const low = this.read(address, 4, what);
    const value = this.high === 0 ? this.#readBus((address + 4) | 0, 4) : undefined;
    if (value === undefined) throw new Trap(`${what} access fault`, address, this.high);
    if (what === 'load') this.#observer?.((address + 4) >>> 0, 4, 'read');
    this.doubleHigh = value;
    return low;
  }

  /** The slow path of a store. A store that faults has written nothing to memory. */
  protected write(address: number, bytes: 1 | 2 | 4, value: number): void {
    this.checkAlignment(address, bytes, 'store');
    if (this.high !== 0 || !this.#writeBus(address, bytes, value)) throw new Trap('store access fault', address, this.high);
    this.#observer?.(address >>> 0, bytes, 'write');
  }
  #writeBus(address: number, bytes: 1 | 2 | 4, value: number): boolean {
    if ((address & (bytes - 1)) === 0) return this.bus.write(address, bytes, value);
    if (this.bus.read((address + bytes - 1) | 0, 1) === undefined || this.bus.read(address, 1) === undefined) return false;
    for (let i = 0; i < bytes; i++) this.bus.write((address + i) | 0, 1, (value >>> (8 * i)) & 0xff);
    return true;
  }
  protected writeDouble(address: number, low: number, high: number): void {
    this.checkAlignment(address, 8, 'store');
    const written = this.high === 0 && this.bus.read((address + 7) | 0, 1) !== undefined && this.#writeBus(address, 4, low);
    if (!(written && this.#writeBus((address + 4) | 0, 4, high))) throw new Trap('store access fault', address, this.high);
    this.#observer?.(address >>> 0, 8, 'write');
  }
  protected checkAlignment(address: number, bytes: number, what: 'load' | 'store'): void {
    if (this.misalignedTraps && (address & (bytes - 1)) !== 0) throw new Trap(`${what} address misaligned`, address, this.high);
  }
  /** lr, sc and amo: aligned always. */
  protected atomicAddress(slot: number, bytes: number, what: 'load' | 'store'): number {
    const address = this.address(slot, 0);
    if ((address & (bytes - 1)) !== 0) throw new Trap(`${what} address misaligned`, address, this.high);
    return address;
  }

  // Atomic memory access. A hart runs alone between yield points, so a load and a store in one instruction are atomic.

  /** lr.w and, of doublewords, lr.d. */
  loadReserved(to: number, base: number, bytes: 4 | 8): void {
    this.reservation = this.atomicAddress(base, bytes, 'load');
    if (bytes === 4) this.loadWord(to, base, 0);
    else this.loadDouble(to, base, 0);
  }
  /** Writes 0 to the destination where the reservation still held, 1 where not. It is gone in either case. */
  storeConditional(to: number, base: number, from: number, bytes: 4 | 8): void {
    const held = this.atomicAddress(base, bytes, 'store') === this.reservation;
    this.reservation = undefined;
    if (held && bytes === 4) this.storeWord(base, 0, from);
    if (held && bytes === 8) this.storeDouble(base, 0, from);
    this.set(to, held ? 0 : 1);
  }
  /** amo*.w: memory = change(memory, register), the destination gets the old value. */
  atomicWord(to: number, base: number, from: number, change: (old: number, value: number) => number): void {
    const address = this.atomicAddress(base, 4, 'store');
    const old = this.read(address, 4, 'store') | 0;
    this.write(address, 4, change(old, this.x[from]!) | 0);
    this.set(to, old);
  }
  /** amo*.d, on signed values. */
  atomicDouble(to: number, base: number, from: number, change: (old: bigint, value: bigint) => bigint): void {
    const address = this.atomicAddress(base, 8, 'store');
    const low = this.readDouble(address, 'store') >>> 0;
    const old = BigInt.asIntN(64, (BigInt(this.doubleHigh) << 32n) | BigInt(low));
    const changed = change(old, BigInt.asIntN(64, this.readBig(from)));
    this.writeDouble(address, Number(BigInt.asIntN(32, changed)), Number(BigInt.asIntN(32, changed >> 32n)));
    this.writeBig(to, old);
  }

  // Control

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
