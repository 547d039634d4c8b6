/** A set of guest registers: x registers are 0 to 31, f registers 32 to 63, as two words of bits. */
export type RegisterSet = readonly [x: number, f: number];

/** The number of the first f register. */
export const firstFloat = 32;
export const none: RegisterSet = [0, 0];

export const union = (a: RegisterSet, b: RegisterSet): RegisterSet => [a[0] | b[0], a[1] | b[1]];
export const intersection = (a: RegisterSet, b: RegisterSet): RegisterSet => [a[0] & b[0], a[1] & b[1]];
export const without = (a: RegisterSet, b: RegisterSet): RegisterSet => [a[0] & ~b[0], a[1] & ~b[1]];
export const equal = (a: RegisterSet, b: RegisterSet): boolean => a[0] === b[0] && a[1] === b[1];
export const has = (set: RegisterSet, register: number): boolean => (((set[register >> 5] ?? 0) >>> (register & 31)) & 1) === 1;

export function setOf(registers: Iterable<number>): RegisterSet {
  let [x, f] = none;
  for (const register of registers)
    if (register < firstFloat) x |= 1 << register;
    else f |= 1 << (register - firstFloat);
  return [x, f];
}

export function registersOf(set: RegisterSet): readonly number[] {
  const registers: number[] = [];
  for (let half = 0; half < 2; half++)
    for (let rest = set[half]!; rest !== 0; rest &= rest - 1) registers.push(32 * half + 31 - Math.clz32(rest & -rest));
  return registers;
}
