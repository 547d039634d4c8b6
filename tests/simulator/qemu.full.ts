import { describe, expect, test } from 'vitest';
import { hasQemu } from './compilers.ts';
import { cpus, differences } from './qemu.ts';

const seeds = Array.from({ length: 13 }, (_, index) => index + 2);

describe.skipIf(!hasQemu)(hasQemu ? 'QEMU, at length' : 'QEMU, at length (skipped: qemu-system-riscv64 is not installed)', () => {
  describe.each(cpus)('%s', (isa, cpu) => {
    test.each(seeds)('1000 random sequences of seed %i leave the same registers, flags and memory', (seed) => {
      expect(differences(isa, cpu, seed, 1000)).toEqual([]);
    });
  });
});
