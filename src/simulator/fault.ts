import type { SourceLine } from '../formats/dwarf.ts';

/** A place in the program as a person wants it. */
export interface Frame {
  readonly address: number;
  /** Such as `main+0x12`. */
  readonly symbol?: string;
  readonly source?: SourceLine;
}

/** An exception that no handler of the program takes. */
export interface Fault {
  /** Which one of several cores. */
  readonly core?: number;
  /** The exception in the words of the RISC-V manual, such as `load access fault`. */
  readonly cause: string;
  /** mtval: the address that was accessed, or the illegal instruction. */
  readonly value: bigint;
  /** The instruction at fault first, then who called. */
  readonly stack: readonly Frame[];
  /** x1 to x31 by their ABI names. */
  readonly registers: ReadonlyMap<string, bigint>;
}

/** The names of x0 to x31 in the calling convention. */
export const registerNames: readonly string[] =
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(' ');

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

const describeFrame = ({ address, symbol, source }: Frame): string =>
  `${hex(address)}${symbol === undefined ? '' : ` in ${symbol}`}${source === undefined ? '' : ` (${source.file}:${source.line})`}`;

const operandOf = ({ cause, value }: Fault): string =>
  cause === 'illegal instruction' ? ` ${hex(value)}` : cause.includes('access') || cause.includes('misaligned') ? ` of ${hex(value)}` : '';

/** The fault in lines for a terminal: what and where, and who called. */
export function describeStack(fault: Fault): string {
  const [first, ...callers] = fault.stack;
  return [
    `${fault.core === undefined ? '' : `core ${fault.core}: `}${fault.cause}${operandOf(fault)} at ${first ? describeFrame(first) : 'an unknown address'}\n`,
    ...callers.map((frame) => `  called from ${describeFrame(frame)}\n`),
  ].join('');
}

/** The same, and the registers, four in a line. */
export function describeFault(fault: Fault): string {
  const registers = Array.from(fault.registers, ([name, value]) => `${name.padStart(4)} ${hex(value).padStart(18)}`);
  const lines = Array.from({ length: Math.ceil(registers.length / 4) }, (_, line) => registers.slice(4 * line, 4 * line + 4).join('  '));
  return `${describeStack(fault)}${lines.map((line) => `${line}\n`).join('')}`;
}
