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

  test.each([
    ...committed.filter(({ id }) => ['T1', ...families].includes(id)).map((network) => [network.name, 'host', network] as const),
    ...committed.filter(({ id }) => ['T11', 'T17'].includes(id)).map((network) => [network.name, 'rv64', network] as const),
  ])('%s: what flows inside the steps is right on %s too', { timeout: 120_000 }, async (_, target, network) => {
    expect(await judge(network, target, true)).toMatchObject({
      status: 'equal',
      figures: { mismatches: 0, replay: { lost: 0, mismatches: 0, differing: 0 } },
    });
  });
});
