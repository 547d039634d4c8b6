import { testAgainstRtl } from '../timing/against-rtl.ts';
import { rows } from './rows.ts';
import { measure } from './timing.ts';

testAgainstRtl('gemmini', {
  rows,
  helpers: '',
  measure,
  fixture: 'gemmini.csv',
  document: 'gemmini-machine.md',
  decimals: 0,
  within: 10,
  onAverage: 3,
});
