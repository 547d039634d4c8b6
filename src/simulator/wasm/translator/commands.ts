import type { ValType } from '../expression.ts';

/**
 * How translated code gives commands to accelerators: a function of the host (operation, cycles left, low and high half of rs1 and of rs2) -> cycles that the
 * core waits, negative where the interpreter has to do it. The reply is in the core's area.
 */
export const commandFunction = 'command';
export const commandParameters: readonly ValType[] = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'];
export type GiveCommand = (operation: number, left: number, rs1: number, rs1High: number, rs2: number, rs2High: number) => number;

/** An accelerator's place and funct7 in one number. */
export const operationOf = (port: number, funct: number): number => (port << 7) | funct;
export const portOf = (operation: number): number => operation >> 7;
export const functOf = (operation: number): number => operation & 127;
/** The operation that waits for all accelerators. */
export const fence = -1;
/** Not commands, but questions: whether a load or a store at an offset of the main memory, of so many bytes, meets what is in flight. */
export const checkLoad = -2;
export const checkStore = -3;
/** Not done. */
export const undone = -1;
