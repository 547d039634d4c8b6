import type { Bus } from '../riscv/memory.ts';

/** What the world outside gives a program: a console, arguments, time and an end. */
export interface Environment {
  /** Bytes for the console as they come. */
  readonly write: (stream: 'out' | 'err', bytes: Uint8Array) => void;
  /** At most `count` bytes of input; none at its end. */
  readonly read: (count: number) => Uint8Array;
  /** Ends the program after the instruction that asked for it. */
  readonly exit: (code: number) => void;
  /** The program's name and arguments, separated by blanks. */
  readonly commandLine: string;
  /** Guest time since the start in microseconds, so that a run can be repeated exactly. */
  readonly microseconds: () => number;
}

/** More than any call needs at once: a length beyond it is a mistake of the program, not a reason to fill the host's memory. */
const longestTransfer = 1 << 28;

/** The bytes at a guest address, copied; undefined where not all of them are memory. */
export function readBytes(bus: Bus, address: number, count: number): Uint8Array | undefined {
  bus.settle();
  const { base, bytes } = bus.main;
  const offset = address - base;
  if (offset >= 0 && offset + count <= bytes.length) return bytes.slice(offset, offset + count);
  if (!(count <= longestTransfer && address >= 0 && address + count <= 2 ** 32)) return undefined;
  const copy: number[] = [];
  for (let position = 0; position < count; position++) {
    const byte = bus.read(address + position, 1);
    if (byte === undefined) return undefined;
    copy.push(byte);
  }
  return Uint8Array.from(copy);
}

/** False where not all of the bytes could be written. */
export function writeBytes(bus: Bus, address: number, data: Uint8Array): boolean {
  bus.settle();
  const { base, bytes } = bus.main;
  const offset = address - base;
  if (!(address >= 0 && address + data.length <= 2 ** 32)) return data.length === 0;
  if (offset < 0 || offset + data.length > bytes.length) return data.every((byte, position) => bus.write(address + position, 1, byte));
  bytes.set(data, offset);
  return true;
}

/** The text up to a zero byte, without it. */
export function readText(bus: Bus, address: number): Uint8Array | undefined {
  bus.settle();
  const text: number[] = [];
  while (text.length < longestTransfer) {
    const byte = bus.read(address + text.length, 1);
    if (byte === undefined) return undefined;
    if (byte === 0) return Uint8Array.from(text);
    text.push(byte);
  }
  return undefined;
}

/** `count` words of `bytes` each. Of a 64-bit word the low 53 bits are kept exactly. */
export function readWords(bus: Bus, address: number, bytes: 4 | 8, count: number): number[] | undefined {
  bus.settle();
  const words: number[] = [];
  for (let position = 0; position < count; position++) {
    const low = bus.read(address + position * bytes, 4);
    const high = bytes === 8 ? bus.read(address + position * bytes + 4, 4) : 0;
    if (low === undefined || high === undefined) return undefined;
    words.push(high * 2 ** 32 + low);
  }
  return words;
}

/** Writes a signed or unsigned word in two's complement. */
export function writeWord(bus: Bus, address: number, bytes: 4 | 8, value: number): boolean {
  bus.settle();
  const low = bus.write(address, 4, value >>> 0);
  return bytes === 4 ? low : low && bus.write(address + 4, 4, Math.floor(value / 2 ** 32) >>> 0);
}
