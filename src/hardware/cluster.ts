import type { MachineDeclaration } from './machine.ts';

/**
 * A machine to test several cores with: eight RV32 cores on sixteen banks, dealt out word by word, as in the cluster of GAP9. Instructions are fetched
 * without taking a bank.
 */
export const cluster = {
  name: 'cluster',
  source: 'cores and banks as in the cluster of GAP9; addresses as on the machine rv32, atomic instructions and barriers of our own',
  cores: [{ isa: 'rv32imac_zicsr_zifencei_zfinx_xpulpv2', count: 8, cycles: 'cluster' }],
  memories: { l1: { base: 0x8000_0000, bytes: 8 << 20, banks: 16, interleave: 4 } },
  devices: {
    clint: { kind: 'clint', base: 0x0200_0000, bytes: 0xc_0000, cyclesPerTick: 100 },
    /** With the cycles of the load itself, a core goes on 8 cycles after the last one has come. */
    barriers: { kind: 'barriers', base: 0x1000_0000, bytes: 0x100, wakeUp: 5 },
    htif: { kind: 'htif' },
    semihosting: { kind: 'semihosting' },
  },
  slice: 64,
} as const satisfies MachineDeclaration;
