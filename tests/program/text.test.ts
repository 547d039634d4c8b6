import { expect, test } from 'vitest';
import { lower } from '../../src/lowering/lower.ts';
import { ares } from '../../src/lowering/styles/ares.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import { ivit } from '../../src/lowering/styles/ivit.ts';
import { parseNetwork, printNetwork } from '../../src/network/text.ts';
import type { Tensor } from '../../src/numeric/tensor.ts';
import type { Store } from '../../src/numeric/text.ts';
import { operators } from '../../src/operators/index.ts';
import type { Style } from '../../src/operators/layer.ts';
import { parseProgram, printProgram } from '../../src/program/text.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { fileTests, onesStore } from '../filetest.ts';
import { drawNetwork } from '../random/draw.ts';

fileTests('program', {
  'round-trip': (input) => printProgram(parseProgram(input, onesStore), onesStore),
  verify: (input) => {
    const known = verifyProgram(parseProgram(input, onesStore), operators);
    return [...known].map(([name, { range }]) => `${name}: ${range.low} to ${range.high}\n`).join('');
  },
});
fileTests('network', { 'round-trip': (input) => printNetwork(parseNetwork(input, onesStore), onesStore) });
const lowered = (style: Style) => (input: string) => printProgram(lower(parseNetwork(input, onesStore), { style }), onesStore);
fileTests('lowering', { dyadic: lowered(dyadic), ares: lowered(ares), ivit: lowered(ivit) });

const memory = (): Store => {
  const kept: Tensor[] = [];
  return { put: (value) => `stored:${kept.push(value) - 1}`, get: (hash) => kept[Number(hash.slice(7))] };
};

test('random networks and their programs parse back to the same value', () => {
  for (let seed = 0; seed < 40; seed++) {
    const { network } = drawNetwork(seed);
    const program = lower(network, { style: dyadic });
    const store = memory();
    expect(parseNetwork(printNetwork(network, store), store)).toEqual(network);
    expect(parseProgram(printProgram(program, store), store)).toEqual(program);
  }
});
