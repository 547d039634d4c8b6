import { expect, test } from 'vitest';
import { runRandomCluster } from './random-cluster.ts';

test.each(Array.from({ length: 40 }, (_, round) => round + 1))(
  'round %i: the engines agree on 25 random programs of eight cores',
  (round) => {
    for (let seed = 1000 * round; seed < 1000 * round + 25; seed++) {
      const { interpreted, translated } = runRandomCluster(seed);
      expect({ seed, outcome: interpreted.outcome.reason }).toEqual({ seed, outcome: 'waiting' });
      expect({ seed, translated }).toEqual({ seed, translated: [interpreted, interpreted] });
    }
  },
);
