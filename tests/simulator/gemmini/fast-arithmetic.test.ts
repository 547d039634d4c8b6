import { describe, expect, it } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import { PlainArithmetic } from '../../../src/simulator/devices/gemmini/arithmetic.ts';
import { Gemmini, type GemminiOptions } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { scales } from '../../../src/simulator/devices/gemmini/rounding.ts';
import { Driver, makeContext, random, randomBytes } from './harness.ts';
import { giveRandomly } from './random-commands.ts';

const plain: NonNullable<GemminiOptions['arithmetic']> = (declaration, { memory }, rounding) => {
  const { dim, scratchpad, accumulator } = declaration;
  const local = {
    scratchpad: new Int8Array(scratchpad.banks * scratchpad.rows * dim),
    accumulator: new Int32Array(accumulator.banks * accumulator.rows * dim),
    array: new Int32Array(dim * dim),
  };
  return new PlainArithmetic(declaration, local, memory.bytes, scales[rounding]);
};

function runRandomly(seed: number, options: GemminiOptions): { readonly memory: Uint8Array; readonly cycle: number } {
  const next = random(seed);
  const { memory, context } = makeContext(1 << 17);
  memory.set(new Uint8Array(randomBytes(1 << 16, next).buffer));
  const driver = new Driver(new Gemmini(context, options));
  giveRandomly(driver, next, options.declaration!.dim);
  return { memory, cycle: driver.cycle };
}

const sizes: readonly GemminiDeclaration[] = [gemmini, { ...gemmini, dim: 8, maxBytes: 64 }, { ...gemmini, dim: 32, maxBytes: 128 }];

describe.each(sizes)('an array of $dim by $dim', (declaration) => {
  it.each(['rtl', 'libgemmini'] as const)('computes in WebAssembly what it computes element by element, rounded as %s', (rounding) => {
    for (let seed = 1; seed <= (rounding === 'rtl' ? 8 : 3); seed++) {
      const slow = runRandomly(seed, { declaration, rounding, arithmetic: plain });
      const fast = runRandomly(seed, { declaration, rounding });
      expect(fast.cycle).toBe(slow.cycle);
      expect(Buffer.compare(fast.memory, slow.memory), `seed ${seed}`).toBe(0);
    }
  });
});
