import type { MachineDeclaration } from './machine.ts';

const devices = {
  clint: { kind: 'clint', base: 0x0200_0000, bytes: 0xc_0000, cyclesPerTick: 100 },
  htif: { kind: 'htif' },
  semihosting: { kind: 'semihosting' },
} as const;

const ram = { base: 0x8000_0000, bytes: 128 << 20 } as const;
const source = 'the memory map of Spike and of the board spike of QEMU';

/** One general-purpose RISC-V core with its memory, for bare-metal programs. */
export const rv64 = {
  name: 'rv64',
  source,
  cores: [{ isa: 'rv64imafdc_zicsr_zifencei_zba_zbb', count: 1, cycles: 'functional' }],
  memories: { ram },
  devices,
} as const satisfies MachineDeclaration;

/** The same with 32-bit registers. */
export const rv32 = {
  name: 'rv32',
  source,
  cores: [{ isa: 'rv32imafdc_zicsr_zifencei_zba_zbb', count: 1, cycles: 'functional' }],
  memories: { ram },
  devices,
} as const satisfies MachineDeclaration;
