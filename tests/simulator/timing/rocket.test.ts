import { testAgainstRtl } from './against-rtl.ts';
import { compiled, helpers } from './loops.ts';
import { memory } from './memory.ts';
import { measure } from './program.ts';
import { scalar } from './scalar.ts';

testAgainstRtl('rocket', {
  rows: [...scalar, ...memory, ...compiled],
  helpers,
  measure,
  fixture: 'rocket.csv',
  document: 'rocket-timing.md',
  decimals: 2,
  within: 15,
  onAverage: 5,
});
