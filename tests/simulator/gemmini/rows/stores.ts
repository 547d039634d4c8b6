import type { Measured } from '../../timing/program.ts';
import { command, configureStore, registers, sums, word } from '../timing.ts';
import { memoryFrom, type Options, row, type Stream, stream } from './row.ts';

const fresh = memoryFrom(0x8500_0000);

export const stores: Measured[] = [];
const store = (
  program: string,
  what: string,
  { count, rows, cols, stride, address, local = 16, at = 0 }: Stream,
  options: Options = {},
): void => {
  const place = fresh(count * address + rows * stride + 64);
  const registersOf = registers({ a0: place, a1: word(at, rows, cols) });
  stores.push(row(program, what, `${configureStore(stride)}\n${registersOf}`, stream(count, 3, { address, local }), options));
};
const kinds = [
  ['acc->int8', sums(0), [16, 32, 64], 1],
  ['acc32', sums(0, false, true), [16], 4],
  ['spad', 0, [16, 64], 1],
] as const;
for (const [kind, at, columns, bytes] of kinds)
  for (const cols of columns) {
    const stride = cols * bytes;
    for (const rows of [1, 4, 8, 16])
      store('gmv4', `mvout_single_${kind} rows=${rows} cols=${cols} dense hot`, { count: 1, rows, cols, stride, address: 0, at });
    store('gmv4', `mvout_q16_${kind} 16x${cols} dense hot`, { count: 16, rows: 16, cols, stride, address: 16 * stride, local: cols, at });
  }
for (const latency of [1, 40, 100] as const) {
  const options = { latency, passes: 1 };
  const sum = sums(0);
  store('gmv3', 'mvout_single_acc->int8 16x16 dense COLD', { count: 1, rows: 16, cols: 16, stride: 16, address: 0, at: sum }, options);
  store('gmv3', 'mvout_q32_acc->int8 16x16 dense COLD', { count: 32, rows: 16, cols: 16, stride: 16, address: 256, at: sum }, options);
  store(
    'gmv3',
    'mvout_q32_acc->int8 16x64 dense COLD',
    { count: 32, rows: 16, cols: 64, stride: 64, address: 1024, local: 0, at: sum },
    options,
  );
  store(
    'gmv3',
    'mvout_q32_acc32 16x16 dense COLD',
    { count: 32, rows: 16, cols: 16, stride: 64, address: 1024, at: sums(0, false, true) },
    options,
  );
}
const pool = (size: number, stride: number, pad: number): bigint =>
  (BigInt(stride) << 4n) |
  (BigInt(size) << 6n) |
  (BigInt(pad) << 8n) |
  (BigInt(pad) << 10n) |
  (7n << 24n) |
  (7n << 32n) |
  (7n << 40n) |
  (14n << 48n) |
  (14n << 56n);
for (const [what, size, pad] of [
  ['pool mvout 2x2 s2 14x14x16->7x7', 2, 0],
  ['pool mvout 3x3 s2 p1 14x14x16->7x7', 3, 1],
] as const) {
  const setup = `${configureStore(16, pool(size, 2, pad))}\n${registers({ a0: fresh(1024), a1: word(sums(0), 0, 16) })}`;
  stores.push(row('gq', what, setup, command(3, 'a0', 'a1')));
}
