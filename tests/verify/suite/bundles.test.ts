import { describe, expect, test } from 'vitest';
import { committed, judge } from './bundles.ts';

/** A network of each family: linear layers, a norm, GELU on sums, Mamba's scan, attention with RMSNorm, SwiGLU. */
const families = ['T3', 'T11', 'T12', 'T17', 'T42', 'T44'];

describe('the committed networks of the suite', () => {
  test('are most of the forty', () => {
    expect(committed.length).toBeGreaterThanOrEqual(25);
  });

  test.each(committed.filter(({ id }) => families.includes(id)).map((network) => [network.name, network] as const))(
    '%s: both engines compute the same, and what PyTorch computed',
    { timeout: 120_000 },
    async (_, network) => {
      expect(await judge(network, 'engine')).toMatchObject({ status: 'equal', figures: { mismatches: 0, framework: { agrees: true } } });
    },
  );
});
