import { expect, test } from 'vitest';
import { StackProfile } from '../../src/profile/stacks.ts';

test('cycles are summed by function, alone and with what it called, recursion once', () => {
  const profile = new StackProfile();
  profile.add(['main', 'walk', 'walk', 'leaf'], 70);
  profile.add(['main', 'walk'], 20);
  profile.add(['main'], 5);
  profile.add(['main', 'walk'], 5);
  expect(profile.cycles).toBe(100);
  expect(profile.functions()).toEqual([
    { name: 'leaf', self: 70, total: 70 },
    { name: 'walk', self: 25, total: 95 },
    { name: 'main', self: 5, total: 100 },
  ]);
  expect(profile.folded()).toBe('main 5\nmain;walk 25\nmain;walk;walk;leaf 70\n');
});
