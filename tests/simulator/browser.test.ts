import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Every module that a module imports for its values, by its address; packages and Node's own by their name. */
function reachedFrom(entry: URL): Set<string> {
  const reached = new Set([entry.href]);
  for (const address of reached) {
    if (!address.startsWith('file:')) continue;
    const source = readFileSync(new URL(address), 'utf8');
    for (const [, from] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm))
      reached.add(from!.startsWith('.') ? new URL(from!, address).href : from!);
  }
  return reached;
}

test('the simulator as a library needs nothing but what a browser has too', () => {
  const reached = [...reachedFrom(new URL('../../src/simulator/machine.ts', import.meta.url))];
  expect(reached.length).toBeGreaterThan(30);
  expect(reached.filter((address) => !address.startsWith('file:'))).toEqual([]);
  const code = (address: string): string => readFileSync(new URL(address), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
  for (const address of reached) expect(code(address)).not.toMatch(/\bBuffer\.|\bprocess\.|\bimport\(/);
});
