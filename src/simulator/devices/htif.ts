import type { Bus, Device } from '../riscv/memory.ts';
import { type Environment, readBytes, readWords, writeBytes, writeWord } from './environment.ts';

/** Numbers of the system calls that Berkeley's proxy kernel forwards (RISC-V Linux), and the answer to all others. */
const calls = { read: 63, write: 64, exit: 93 } as const;
const notImplemented = -38;
const badAddress = -14;
const badFile = -9;

/**
 * Berkeley's host-target interface: a store to the 64-bit word `tohost` is a request, whose answer appears in `fromhost`. A request takes effect
 * with its high word, which is the second half of a 64-bit store; programs of 32 bits store low and high word in this order.
 *
 * Bits 63:56 name a device, 55:48 a command, 47:0 are the payload. Device 0, command 0: an odd payload ends the program with payload >> 1; an even one
 * is the address of the eight words [number, a0, a1, a2, ...] of a system call, whose first becomes the result. Device 1, command 1 prints a
 * character, command 0 waits for one. Source: riscv-isa-sim, fesvr/device.cc and fesvr/syscall.cc.
 */
export class Htif implements Device {
  readonly #bus: Bus;
  readonly #environment: Environment;
  readonly #fromHost: number | undefined;
  #low = 0;

  /** `fromHost` is the address of the program's symbol, if it has one. */
  constructor(bus: Bus, environment: Environment, fromHost?: number) {
    this.#bus = bus;
    this.#environment = environment;
    this.#fromHost = fromHost;
  }

  /** Requests are taken at once: tohost always reads as zero. */
  read(): number {
    return 0;
  }

  write(offset: number, bytes: 1 | 2 | 4, value: number): boolean {
    if (bytes !== 4) return true;
    if (offset === 0) this.#low = value >>> 0;
    else {
      const low = this.#low;
      this.#low = 0;
      this.#request((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value & 0xffff) * 2 ** 32 + low);
    }
    return true;
  }

  #request(device: number, command: number, payload: number): void {
    if (device === 0 && command === 0) {
      if (payload % 2 === 1) this.#environment.exit(Math.floor(payload / 2) & 0xff_ffff);
      else if (payload !== 0) {
        this.#systemCall(payload);
        this.#answer(0, 0, 1);
      }
    } else if (device === 1 && command === 1) {
      this.#environment.write('out', Uint8Array.of(payload));
    } else if (device === 1 && command === 0) {
      const [character] = this.#environment.read(1);
      this.#answer(1, 0, character === undefined ? 0 : 0x100 | character);
    }
  }

  #answer(device: number, command: number, payload: number): void {
    if (this.#fromHost === undefined) return;
    this.#bus.write(this.#fromHost, 4, payload);
    this.#bus.write(this.#fromHost + 4, 4, ((device << 24) | (command << 16)) >>> 0);
  }

  #systemCall(address: number): void {
    const [number, a0, a1, a2] = readWords(this.#bus, address, 8, 4) ?? [];
    if (number === undefined) return;
    if (number === calls.exit) this.#environment.exit(a0! & 0xff_ffff);
    else writeWord(this.#bus, address, 8, this.#transfer(number, a0!, a1!, a2!));
  }

  #transfer(number: number, file: number, address: number, count: number): number {
    if (number === calls.write) {
      if (file !== 1 && file !== 2) return badFile;
      const bytes = readBytes(this.#bus, address, count);
      if (bytes === undefined) return badAddress;
      this.#environment.write(file === 1 ? 'out' : 'err', bytes);
      return count;
    }
    if (number === calls.read) {
      if (file !== 0) return badFile;
      const bytes = this.#environment.read(Math.min(count, 1 << 20));
      return writeBytes(this.#bus, address, bytes) ? bytes.length : badAddress;
    }
    return notImplemented;
  }
}
