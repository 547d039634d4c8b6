import type { Bus } from '../riscv/memory.ts';
import { type Environment, readBytes, readText, readWords, writeBytes, writeWord } from './environment.ts';

/** The three instructions that make an ebreak a call: slli x0, x0, 0x1f; ebreak; srai x0, x0, 7. None may be compressed. */
const semihostingMark = { before: 0x01f0_1013, after: 0x4070_5013 } as const;

/** Whether the ebreak at `pc` stands between the two marking instructions. */
export const isSemihostingCall = (bus: Bus, pc: number): boolean =>
  bus.read(pc - 4, 4) === semihostingMark.before && bus.read(pc + 4, 4) === semihostingMark.after;

/** Numbers of the handles that a program may get: the console's three, and the file that says which extensions there are. */
const handles = { in: 0, out: 1, err: 2, features: 3 } as const;
/** "SHFB", then bit 0: EXIT_EXTENDED; bit 1: stdout and stderr are different. */
const featureFile = Uint8Array.of(0x53, 0x48, 0x46, 0x42, 0x03);
const applicationExit = 0x2_0026;
const failure = -1;

type Call = (host: Semihosting, parameter: number) => number;

/**
 * Semihosting: a program calls the host with the operation in a0 and its parameter, mostly the address of a block of words, in a1; the answer comes in
 * a0. Files are the console `:tt` and the list of features alone. Source: "Semihosting for AArch32 and AArch64", Arm 2.0, and "RISC-V Semihosting" 0.4.
 */
export class Semihosting {
  readonly bus: Bus;
  readonly environment: Environment;
  /** Bytes of a word of a parameter block. */
  readonly word: 4 | 8;
  /** How much of the list of features was read. */
  position = 0;

  constructor(bus: Bus, environment: Environment, xlen: 32 | 64) {
    this.bus = bus;
    this.environment = environment;
    this.word = xlen === 64 ? 8 : 4;
  }

  /** Executes a call and returns the new a0; an operation that is not known returns -1. */
  call(operation: number, parameter: number): number {
    return calls[operation]?.(this, parameter) ?? failure;
  }

  /** The first words of a parameter block; zeros where it lies outside memory. */
  block(address: number, count: number): number[] {
    return readWords(this.bus, address, this.word, count) ?? Array.from({ length: count }, () => 0);
  }
}

/** SYS_OPEN modes: 0 to 3 read, 4 to 7 write, 8 to 11 append, which for the console means standard error. */
const open: Call = (host, parameter) => {
  const [name, mode] = host.block(parameter, 2);
  const path = new TextDecoder().decode(readText(host.bus, name!));
  if (path === ':semihosting-features' && mode! < 4) {
    host.position = 0;
    return handles.features;
  }
  if (path !== ':tt') return failure;
  return mode! < 4 ? handles.in : mode! < 8 ? handles.out : handles.err;
};

/** Returns how many bytes were not written. */
const write: Call = (host, parameter) => {
  const [handle, address, count] = host.block(parameter, 3);
  const bytes = readBytes(host.bus, address!, count!);
  if (bytes === undefined || (handle !== handles.out && handle !== handles.err)) return count!;
  host.environment.write(handle === handles.out ? 'out' : 'err', bytes);
  return 0;
};

/** Returns how many bytes were not read. */
const read: Call = (host, parameter) => {
  const [handle, address, count] = host.block(parameter, 3);
  const wanted = Math.min(count!, 1 << 20);
  const bytes =
    handle === handles.in ? host.environment.read(wanted) : handle === handles.features ? readFeatures(host, wanted) : undefined;
  return bytes !== undefined && writeBytes(host.bus, address!, bytes) ? count! - bytes.length : count!;
};

function readFeatures(host: Semihosting, count: number): Uint8Array {
  const bytes = featureFile.subarray(host.position, host.position + count);
  host.position += bytes.length;
  return bytes;
}

const seek: Call = (host, parameter) => {
  const [handle, position] = host.block(parameter, 2);
  if (handle !== handles.features || position! > featureFile.length) return failure;
  host.position = position!;
  return 0;
};

const length: Call = (host, parameter) => {
  const [handle] = host.block(parameter, 1);
  return handle === handles.features ? featureFile.length : handle! <= handles.err ? 0 : failure;
};

const getCommandLine: Call = (host, parameter) => {
  const [buffer, size] = host.block(parameter, 2);
  const text = new TextEncoder().encode(`${host.environment.commandLine}\0`);
  if (text.length > size! || !writeBytes(host.bus, buffer!, text)) return failure;
  return writeWord(host.bus, parameter + host.word, host.word, text.length - 1) ? 0 : failure;
};

/** Heap base, heap limit, stack base, stack limit: zeros say that the program's own start code decides. */
const heapInfo: Call = (host, parameter) => {
  const [address] = host.block(parameter, 1);
  return writeBytes(host.bus, address!, new Uint8Array(4 * host.word)) ? 0 : failure;
};

/** The parameter is the reason itself on 32 bits, and a block of reason and exit code on 64. */
const exit: Call = (host, parameter) => {
  if (host.word === 8) return exitExtended(host, parameter);
  host.environment.exit(parameter === applicationExit ? 0 : 1);
  return 0;
};

const exitExtended: Call = (host, parameter) => {
  const [reason, code] = host.block(parameter, 2);
  host.environment.exit(reason === applicationExit ? code! & 0xff_ffff : 1);
  return 0;
};

const elapsed: Call = (host, parameter) => {
  const microseconds = Math.floor(host.environment.microseconds());
  return writeWord(host.bus, parameter, 8, microseconds) ? 0 : failure;
};

const put: Call = (host, parameter) => {
  const character = readBytes(host.bus, parameter, 1);
  if (character) host.environment.write('out', character);
  return 0;
};

const putText: Call = (host, parameter) => {
  const text = readText(host.bus, parameter);
  if (text) host.environment.write('out', text);
  return 0;
};

/** By the number of the operation. */
const calls: Readonly<Record<number, Call>> = {
  1: open,
  2: () => 0, // CLOSE
  3: put,
  4: putText,
  5: write,
  6: read,
  7: ({ environment }) => environment.read(1)[0] ?? failure,
  8: (host, parameter) => (host.block(parameter, 1)[0] === 0 ? 0 : 1), // ISERROR
  9: (host, parameter) => (host.block(parameter, 1)[0]! <= handles.err ? 1 : 0), // ISTTY
  10: seek,
  12: length,
  16: ({ environment }) => Math.floor(environment.microseconds() / 10_000), // CLOCK, in hundredths of a second
  17: ({ environment }) => Math.floor(environment.microseconds() / 1_000_000), // TIME: the guest's clock starts in 1970
  19: () => 0, // ERRNO
  21: getCommandLine,
  22: heapInfo,
  24: exit,
  32: exitExtended,
  48: elapsed,
  49: () => 1_000_000, // TICKFREQ
};
