import { expect, test } from 'vitest';
import { fencedNetwork, unneeded } from './fences.ts';

test.each(['digits', 'vit-digits'] as const)(
  'every fence in the firmware of %s is needed, and with all of them no latency changes a tensor',
  async (name) => {
    const firmware = await fencedNetwork(name);
    expect(firmware.fences.length).toBeGreaterThan(5);
    expect(unneeded(firmware, firmware.fences)).toEqual([]);
    const whole = firmware.run();
    expect(whole).toHaveProperty('tensors');
    for (const latency of [40, 100]) expect(firmware.run(undefined, latency)).toEqual(whole);
  },
);
