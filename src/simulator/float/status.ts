/** What an operation reads and leaves behind besides its result: the numbers of RISC-V's `fcsr`. */

/** The field `rm` of an instruction and `frm` of the CSR. A static `rm` of 7 means "read frm" and must be resolved by the caller. */
export const rounding = { nearestEven: 0, towardZero: 1, down: 2, up: 3, nearestMaxMagnitude: 4 } as const;

/** The bits of `fflags`. */
export const flag = { inexact: 1, underflow: 2, overflow: 4, divideByZero: 8, invalid: 16 } as const;

/**
 * Accumulates `fflags`; a caller makes one per core and keeps it. A double-precision operation (and a conversion to 64-bit integers)
 * returns the low word and leaves the high word here, so that no operation allocates.
 */
export interface FloatStatus {
  flags: number;
  high: number;
}

export const floatStatus = (): FloatStatus => ({ flags: 0, high: 0 });
