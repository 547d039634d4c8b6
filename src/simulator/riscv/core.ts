import type { Accelerator, Reply } from './accelerator.ts';
import type { InFlight } from './in-flight.ts';
import { inexact } from './inexact.ts';
import { type CoreOptions, State } from './state.ts';
import { Trap } from './trap.ts';

/** Sees an access to memory. */
export type Observer = (address: number, bytes: number, access: 'read' | 'write') => void;

interface Range {
  readonly from: number;
  readonly bytes: number;
}
/** The smallest range with all of these in it. */
function hull(ranges: readonly Range[]): Range {
  if (ranges.length === 0) return { from: 0, bytes: 0 };
  const from = Math.min(...ranges.map((range) => range.from));
  return { from, bytes: Math.max(...ranges.map((range) => range.from + range.bytes)) - from };
}

/** Bytes that are reserved together. */
const granule = 8;

/** A hart with its accesses to memory: straight to the main memory where they can, by the slow path to the bus where not. */
export abstract class Core extends State {
  protected readonly base: number;
  protected readonly view: DataView;
  /** Bytes of the main memory that accesses reach directly: none while they are observed. */
  protected size: number;
  #observer: Observer | undefined;
  #checker: Observer | undefined;
  /** Offsets in the main memory, which stores take the slow path to: of devices, and of what other cores have reserved. */
  #coveredBase = 0;
  #coveredSize = 0;
  /** The counters are those of the instruction at hand: devices may be accessed. */
  exact = true;
  /** What is plugged in. */
  readonly accelerators: Accelerator[] = [];
  /** What accelerators have in flight, in a machine that has any. */
  inFlight: InFlight | undefined;
  readonly #reply: Reply = { low: 0, high: 0 };
  /** Offsets of what other cores have reserved. */
  guard: Range = { from: 0, bytes: 0 };
  #guarded = 0;

  constructor(options: CoreOptions, stride: 1 | 2) {
    super(options, stride);
    this.base = this.bus.main.base | 0;
    this.view = this.bus.view;
    this.size = this.bus.main.bytes.length;
    this.devicesChanged();
  }

  /** To be called after a device was attached inside the main memory. */
  devicesChanged(): void {
    this.#cover(this.bus.covered.map(({ base, size }) => ({ from: ((base - this.base) >>> 0) - 7, bytes: size + 7 })));
  }

  /** To be called before this core runs after others: its stores to what they have reserved take the slow path, as far as `guard` says. */
  guardReservations(): void {
    if (this.#guarded === this.bus.reservations) return;
    this.#guarded = this.bus.reservations;
    const others = this.peers.filter((peer) => peer !== this).flatMap(({ reservation }) => reservation ?? []);
    const offsets = others.map((address) => ((address - this.base) >>> 0) & -granule);
    this.guard = hull(offsets.map((offset) => ({ from: offset - 7, bytes: granule + 7 })));
    this.devicesChanged();
    if (this.guard.bytes > 0) this.#cover([this.guard, { from: this.#coveredBase, bytes: this.#coveredSize }]);
  }

  #cover(ranges: readonly Range[]): void {
    const { from, bytes } = hull(ranges.filter((range) => range.bytes > 0));
    this.#coveredBase = from;
    this.#coveredSize = bytes;
  }

  /** Sets or removes who sees every access of the interpreter to memory that succeeds; an atomic access is a write. All go the slow path then. */
  observe(observer: Observer | undefined): void {
    this.#observer = observer;
    this.#goSlowly();
  }
  /** Sets or removes who is asked before every access of the interpreter to memory, and refuses it by throwing. All go the slow path then. */
  askBefore(checker: Observer | undefined): void {
    this.#checker = checker;
    this.#goSlowly();
  }
  #goSlowly(): void {
    this.size = this.#observer || this.#checker ? 0 : this.bus.main.bytes.length;
  }
  #seen(address: number, bytes: number, access: 'read' | 'write'): void {
    this.#observer?.(address >>> 0, bytes, access);
  }
  /** The part of an atomic access that reads is one of a write. */
  #ask(address: number, bytes: number, what: 'load' | 'store'): void {
    this.#checker?.(address >>> 0, bytes, what === 'load' ? 'read' : 'write');
  }

  /** p.elw: a load of a word that the core may have to wait for. */
  loadEvent(to: number, base: number, offset: number): void {
    const address = this.address(base, offset);
    this.#requireExact(address);
    const event = this.high === 0 ? this.bus.readEvent(address) : undefined;
    if (event === undefined) this.loadWord(to, base, offset);
    else this.set(to, event | 0);
  }
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

  #requireExact(address: number): void {
    if (!this.exact && this.bus.isDevice(address)) throw inexact;
  }

  /** The slow path of a load: other memories, devices, faults. Unsigned below 4 bytes. */
  protected read(address: number, bytes: 1 | 2 | 4, what: 'load' | 'store'): number {
    this.#requireExact(address);
    this.checkAlignment(address, bytes, what);
    this.#ask(address, bytes, what);
    const value = this.high === 0 ? this.#readBus(address, bytes) : undefined;
    if (value === undefined) throw new Trap(`${what} access fault`, address, this.high);
    if (what === 'load') this.#seen(address, bytes, 'read');
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
    this.#ask(address + 4, 4, what);
    const value = this.high === 0 ? this.#readBus((address + 4) | 0, 4) : undefined;
    if (value === undefined) throw new Trap(`${what} access fault`, address, this.high);
    if (what === 'load') this.#seen(address + 4, 4, 'read');
    this.doubleHigh = value;
    return low;
  }

  /** The slow path of a store. A store that faults has written nothing to memory. */
  protected write(address: number, bytes: 1 | 2 | 4, value: number): void {
    this.#requireExact(address);
    this.checkAlignment(address, bytes, 'store');
    this.#ask(address, bytes, 'store');
    if (this.high !== 0 || !this.#writeBus(address, bytes, value)) throw new Trap('store access fault', address, this.high);
    this.#breakReservations(address, bytes);
    this.#seen(address, bytes, 'write');
  }
  #writeBus(address: number, bytes: 1 | 2 | 4, value: number): boolean {
    if ((address & (bytes - 1)) === 0) return this.bus.write(address, bytes, value);
    if (this.bus.read((address + bytes - 1) | 0, 1) === undefined || this.bus.read(address, 1) === undefined) return false;
    for (let i = 0; i < bytes; i++) this.bus.write((address + i) | 0, 1, (value >>> (8 * i)) & 0xff);
    return true;
  }
  protected writeDouble(address: number, low: number, high: number): void {
    this.#requireExact(address);
    this.checkAlignment(address, 8, 'store');
    this.#ask(address, 8, 'store');
    const written = this.high === 0 && this.bus.read((address + 7) | 0, 1) !== undefined && this.#writeBus(address, 4, low);
    if (!(written && this.#writeBus((address + 4) | 0, 4, high))) throw new Trap('store access fault', address, this.high);
    this.#breakReservations(address, 8);
    this.#seen(address, 8, 'write');
  }
  #breakReservations(address: number, bytes: number): void {
    for (const peer of this.peers) {
      if (peer === this || peer.reservation === undefined) continue;
      const first = peer.reservation & -granule;
      if ((first - address) >>> 0 < bytes || (address - first) >>> 0 < granule) peer.reservation = undefined;
    }
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

  // Accelerators

  /** Gives an accelerator a command, with the registers that it names; the core goes on when it has taken it. */
  command(port: number, funct: number, to: number | undefined, first: number | undefined, second: number | undefined): void {
    const { x, stride } = this;
    const low = (slot: number | undefined): number => (slot === undefined ? 0 : x[slot]!);
    const high = (slot: number | undefined): number => (slot === undefined || stride === 1 ? 0 : x[slot + 1]!);
    const command = { funct, rs1: low(first), rs1High: high(first), rs2: low(second), rs2High: high(second) };
    this.cycle = Math.max(this.cycle, this.accelerators[port]!.command!(this.cycle, command, this.#reply));
    if (to !== undefined) this.setWords(to, this.#reply.low, this.#reply.high);
  }

  /** Waits until no accelerator has anything in flight. */
  fence(): void {
    this.cycle = this.fenceAt(this.cycle);
  }
  /** The cycle in which a fence of a cycle is over. */
  fenceAt(cycle: number): number {
    let end = cycle;
    for (const accelerator of this.accelerators) end = Math.max(end, accelerator.fence(cycle));
    return end;
  }
}
