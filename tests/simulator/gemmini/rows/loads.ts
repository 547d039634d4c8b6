import type { Measured } from '../../timing/program.ts';
import { command, configureLoad, registers, sums, word } from '../timing.ts';
import { memoryFrom, type Options, row, type Stream, stream } from './row.ts';

const fresh = memoryFrom(0x8400_0000);

export const loads: Measured[] = [];
const load = (
  what: string,
  rows: number,
  cols: number,
  stride: number,
  options: Options & { local?: number; address?: number; shrunk?: boolean; program?: string } = {},
): void => {
  const { local = 0, shrunk = false, program = 'gmv1', passes = 3, latency = 1 } = options;
  const address = options.address ?? fresh((rows - 1) * stride + 4 * cols);
  loads.push(
    row(
      program,
      what,
      `${configureLoad(stride, 0, shrunk)}\n${registers({ a0: address, a1: word(local, rows, cols) })}`,
      command(2, 'a0', 'a1'),
      { passes, latency },
    ),
  );
};
for (const rows of [1, 2, 4, 8, 16])
  for (const cols of [16, 32, 48, 64]) load(`mvin_single_spad rows=${rows} cols=${cols} stride=dense hot`, rows, cols, cols);
for (const rows of [1, 16])
  for (const cols of [16, 32, 48, 64]) load(`mvin_single_spad rows=${rows} cols=${cols} stride=256 hot`, rows, cols, 256);
for (const rows of [1, 4, 16])
  load(`mvin_single_acc32 rows=${rows} cols=16 stride=64 hot`, rows, 16, 64, { local: sums(0), program: 'gmv5' });
load('mvin_single_acc32(accumulate) rows=16 cols=16 stride=1024 hot', 16, 16, 1024, { local: sums(0, true), program: 'gmv5' });
load('mvin_single_spad rows=16 cols=4 stride=16 hot', 16, 4, 16, { program: 'gmv5' });
load('mvin_single_spad rows=16 cols=16 stride=0 hot', 16, 16, 0, { program: 'gmv5' });
load('mvin_single_acc32 rows=16 cols=16 stride=0 hot', 16, 16, 0, { local: sums(0), program: 'gmv5' });
load('mvin_single_spad rows=16 cols=16 addr=NULL(zeros)', 16, 16, 16, { address: 0, program: 'gmv5' });
load('mvin_single_spad rows=16 cols=64 addr=NULL(zeros)', 16, 64, 64, { address: 0, program: 'gmv5' });
load('mvin_single_acc shrunk int8 rows=16 cols=64 hot', 16, 64, 64, { local: sums(0), shrunk: true, program: 'gmv5' });
for (const latency of [1, 40, 100] as const) {
  load('mvin_single_spad rows=16 cols=16 dense COLD(same page)', 16, 16, 16, { program: 'gmv3', passes: 1, latency });
  load('mvin_single_spad rows=16 cols=64 dense COLD', 16, 64, 64, { program: 'gmv3', passes: 1, latency });
  load('mvin_single_spad rows=16 cols=16 stride=256 COLD', 16, 16, 256, { program: 'gmv3', passes: 1, latency });
}

const loadStream = (
  program: string,
  what: string,
  { count, rows, cols, stride, address, local = 16, at = 0, shrunk = false }: Stream,
  options: Options = {},
): void => {
  const place = fresh(count * Math.max(address, 16) + rows * Math.max(stride, 64));
  const registersOf = registers({ a0: place, a1: word(at, rows, cols) });
  loads.push(row(program, what, `${configureLoad(stride, 0, shrunk)}\n${registersOf}`, stream(count, 2, { address, local }), options));
};
for (const cols of [16, 32, 64])
  loadStream('gmv2', `mvin_q32_spad rows=16 cols=${cols} stride=dense hot`, {
    count: 32,
    rows: 16,
    cols,
    stride: cols,
    address: 16 * cols,
    local: cols,
  });
for (const stride of [256, 1024])
  for (const cols of [16, 64])
    loadStream('gmv2', `mvin_q16_spad rows=16 cols=${cols} stride=${stride} hot`, {
      count: 16,
      rows: 16,
      cols,
      stride,
      address: 64,
      local: cols,
    });
loadStream('gmv6', 'mvin_q32_acc32 16x16 stride=64 hot', { count: 32, rows: 16, cols: 16, stride: 64, address: 1024, at: sums(0) });
loadStream('gmv6', 'mvin_q16_acc shrunk int8 16x64 dense hot', {
  count: 16,
  rows: 16,
  cols: 64,
  stride: 64,
  address: 1024,
  local: 64,
  at: sums(0),
  shrunk: true,
});
loadStream('gmv6', 'mvin_q16_acc32 rows=16 cols=16 stride=0(bias bcast) hot', {
  count: 16,
  rows: 16,
  cols: 16,
  stride: 0,
  address: 0,
  at: sums(0),
});
loadStream('gmv6', 'mvin_q16_spad rows=16 cols=48 dense misaligned16 hot', {
  count: 16,
  rows: 16,
  cols: 48,
  stride: 48,
  address: 768,
  local: 48,
});
loadStream('gmv6', 'mvin_q16_spad rows=16 cols=64 stride=197 odd align hot', {
  count: 16,
  rows: 16,
  cols: 64,
  stride: 197,
  address: 64,
  local: 64,
});
loadStream('gmv6', 'mvin_q16_spad rows=16 cols=16 stride=197 odd align hot', {
  count: 16,
  rows: 16,
  cols: 16,
  stride: 197,
  address: 16,
  local: 16,
});
for (const latency of [1, 40, 100] as const) {
  const options = { latency, passes: 1 };
  loadStream(
    'gmv3',
    'mvin_q32_spad rows=16 cols=16 stride=dense COLD',
    { count: 32, rows: 16, cols: 16, stride: 16, address: 256 },
    options,
  );
  loadStream(
    'gmv3',
    'mvin_q32_spad rows=16 cols=64 stride=dense COLD',
    { count: 32, rows: 16, cols: 64, stride: 64, address: 1024, local: 64 },
    options,
  );
  loadStream(
    'gmv3',
    'mvin_q32_acc32 rows=16 cols=16 dense COLD',
    { count: 32, rows: 16, cols: 16, stride: 64, address: 1024, at: sums(0) },
    options,
  );
}
