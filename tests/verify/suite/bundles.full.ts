import { expect, test } from 'vitest';
import { committed, judge } from './bundles.ts';

const targets = ['engine', 'host', 'rv64', 'gemmini'] as const;

test.each(targets.flatMap((target) => committed.map((network) => [network.name, target, network] as const)))(
  '%s: every integer of every step, and of every call inside that the firmware holds, is right on %s',
  async (_, target, network) => {
    expect(await judge(network, target, target !== 'engine')).toMatchObject({ status: 'equal', figures: { mismatches: 0 } });
  },
);
