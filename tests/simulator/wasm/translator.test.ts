import { describe, expect, test } from 'vitest';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { runRandom } from './random-loops.ts';

const sequences = 60;
const profiles = ['rv32imac', 'rv64imac', 'rv32imafc', 'rv64imafdc_zba_zbb', 'rv32ima_zfinx', 'rv32imc_xpulpv2'];

describe.each(profiles)('on %s', (name) => {
  const isa = profile(name);
  test('random loops leave the same registers, memory, flags, traps and counters as in the interpreter, whatever the deadline', () => {
    for (let seed = 1; seed <= sequences; seed++) {
      const expected = runRandom(isa, seed, 'interpreter');
      for (const strategy of ['structured', 'block'] as const)
        expect(runRandom(isa, seed, strategy), `seed ${seed}, ${strategy}`).toEqual(expected);
    }
  });

  test.runIf(!isa.extensions.includes('x'))("they take as many of rocket's cycles, whatever the deadline", () => {
    for (let seed = 1; seed <= sequences; seed++) {
      const expected = runRandom(isa, seed, 'interpreter', 'rocket');
      for (const strategy of ['structured', 'block'] as const)
        expect(runRandom(isa, seed, strategy, 'rocket'), `seed ${seed}, ${strategy}`).toEqual(expected);
    }
  });
});
