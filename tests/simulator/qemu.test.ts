import { describe, expect, test } from 'vitest';
import { hasQemu } from './compilers.ts';
import { cpus, differences } from './qemu.ts';

describe.skipIf(!hasQemu)(hasQemu ? 'QEMU' : 'QEMU (skipped: qemu-system-riscv64 is not installed)', () => {
  test.each(cpus)('leaves the same registers, flags and memory after 500 random sequences of %s', (isa, cpu) => {
    expect(differences(isa, cpu, 1, 500)).toEqual([]);
  });
});
