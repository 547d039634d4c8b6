import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNetworks, selectNetworks } from '../../../src/verify/suite/selection.ts';

const models = join(import.meta.dirname, '../../../models');
const networks = await readNetworks(models);
const ids = (text: string): string[] => selectNetworks(networks, text).map(({ id }) => id);

describe('a list of networks', () => {
  test('has forty in all', () => {
    expect(ids('all')).toHaveLength(40);
    expect(new Set(networks.map(({ name }) => name)).size).toBe(40);
  });

  test('may hold names and ranges, in any order and any case, each network counting once', () => {
    expect(ids('t12,T1,T10-T13')).toEqual(['T1', 'T10', 'T11', 'T12', 'T13']);
  });

  test('takes of a range what there is between its ends', () => {
    expect(ids('T30-T37')).toEqual(['T30', 'T31', 'T36', 'T37']);
  });

  test.each([
    ['T99', 'there is no network T99'],
    ['', 'there is no network (an empty name)'],
    ['T3-T1', 'T3-T1 runs backwards'],
    ['T1-T2-T3', 'T1-T2-T3 is no range'],
  ])('%j is refused: %s', (text, sentence) => {
    expect(() => selectNetworks(networks, text)).toThrow(sentence);
  });
});

test('a directory without the list is refused in one sentence', async () => {
  await expect(readNetworks(import.meta.dirname)).rejects.toThrow(
    'found no networks.json, expected a directory with the networks of the suite',
  );
});
