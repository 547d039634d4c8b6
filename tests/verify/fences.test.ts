import { expect, test } from 'vitest';
import { fencedNetwork, unneeded } from './fences.ts';

test.each([
  ['digits', /./, 1],
  ['pooled', /pooled/, 1],
  ['looped', /looped/, 1],
  ['vit-digits', /./, 4],
] as const)(
  'firmware of %s needs its fences: without one, the machine reports who touches what is in flight',
  async (name, functions, every) => {
    const firmware = await fencedNetwork(name);
    expect(firmware.run()).toHaveProperty('tensors');
    const some = firmware.fences.filter((fence) => functions.test(fence.name)).filter((_, index) => index % every === 0);
    expect(some.length).toBeGreaterThan(1);
    expect(unneeded(firmware, some)).toEqual([]);
  },
);
