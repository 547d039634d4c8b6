/** Exception codes of mcause (The RISC-V Instruction Set Manual, volume II, table of mcause values). */
export const causes = {
  'instruction address misaligned': 0,
  'instruction access fault': 1,
  'illegal instruction': 2,
  breakpoint: 3,
  'load address misaligned': 4,
  'load access fault': 5,
  'store address misaligned': 6,
  'store access fault': 7,
  'environment call from U-mode': 8,
  'environment call from M-mode': 11,
} as const;
export type Cause = keyof typeof causes;

/** Interrupts of machine mode, by their bit in mip and mie. */
export const interrupts = { software: 3, timer: 7, external: 11 } as const;

/** An exception on its way to mtvec: thrown inside `evaluate`, caught by the engine, which knows the pc. `low` and `high` are mtval. */
export class Trap extends Error {
  override readonly cause: Cause;
  readonly low: number;
  readonly high: number;

  constructor(cause: Cause, low = 0, high = 0) {
    super(cause);
    this.cause = cause;
    this.low = low;
    this.high = high;
  }
}
