import type { Measured } from '../timing/program.ts';
import { command, configureExecute, configureLoad, configureStore, fence, nowhere, registers, repeat, sums, word } from './timing.ts';

/** Memory that nothing else uses. */
let free = 0x8400_0000;
const fresh = (bytes: number): number => {
  const at = free;
  free += Math.ceil(bytes / 0x1000) * 0x1000;
  return at;
};

interface Options {
  readonly latency?: Measured['latency'];
  /** Runs before; the last one counts. */
  readonly passes?: number;
}
const row = (program: string, what: string, setup: string, body: string, { latency = 1, passes = 3 }: Options = {}): Measured => ({
  program,
  latency,
  what,
  per: 1,
  setup: `${setup}\n${fence}`,
  body: `${body}\n${fence}`,
  passes,
});

/** Operations one after the other, with addresses that go on by constants. */
const stream = (count: number, funct: number, { address, local }: { readonly address: number; readonly local: number }): string =>
  repeat(count, `${command(funct, 'a0', 'a1')}\nli t2, ${address}\nadd a0, a0, t2\naddi a1, a1, ${local}`);

const loads: Measured[] = [];
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

interface Stream {
  readonly count: number;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
  /** From one to the next: in memory, and in the local memory. */
  readonly address: number;
  readonly local?: number;
  readonly at?: number;
  readonly shrunk?: boolean;
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

const stores: Measured[] = [];
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

/** Operands: A in bank 0, B in bank 2 where nothing else is said. */
interface Tiles {
  readonly count: number;
  readonly rows?: number;
  /** A new weight for each tile. */
  readonly reload?: boolean;
  readonly bankB?: number;
  readonly c?: number;
  readonly stepC?: number;
  readonly configuration?: string;
}
const execute: Measured[] = [];
const tiles = (
  program: string,
  what: string,
  { count, rows = 16, reload = true, bankB = 2, c = sums(0), stepC = 0, configuration = configureExecute() }: Tiles,
): void => {
  const b = bankB * 4096 + 2048;
  const setup = `${configuration}\n${registers({ a0: word(0, rows), a1: word(nowhere), a2: word(b), a3: word(c, rows), a4: word(nowhere) })}`;
  const steps = stepC === 0 ? '' : `\naddi a3, a3, ${stepC}`;
  const first = `${command(6, 'a2', 'a3')}\n${command(4, 'a0', 'a1')}${steps}`;
  const next = reload ? first : `${command(6, 'a4', 'a3')}\n${command(5, 'a0', 'a1')}${steps}`;
  execute.push(row(program, what, setup, count === 1 ? first : `${first}\n${repeat(count - 1, next)}`));
};
tiles('gex', 'ws single tile preload+compute', { count: 1 });
tiles('gex', 'ws single tile (acc accumulate)', { count: 1, c: sums(0, true) });
tiles('gex', 'ws reload each, 32 tiles (A bank0,B bank2)', { count: 32, stepC: 16 });
tiles('gex', 'ws reload each, 32 tiles overwrite same C', { count: 32 });
tiles('gex', 'ws reload each, 32 tiles A,B same bank', { count: 32, bankB: 0, stepC: 16 });
tiles('gex', 'ws weight reuse, 32 tiles', { count: 32, reload: false, stepC: 16 });
tiles('gex', 'ws weight reuse, 64 tiles', { count: 64, reload: false });
for (const rows of [1, 4, 8, 12]) tiles('gex', `ws reload each, 32 tiles A rows=${rows}`, { count: 32, rows });
tiles('gex', 'ws output to scratchpad, reload each 32 (A b0,B b2,C b3)', { count: 32, c: 3 * 4096 });
tiles('gex', 'ws A_transpose reload each 32', { count: 32, configuration: configureExecute({ a: true }) });
tiles('gex', 'ws B_transpose reload each 32', { count: 32, configuration: configureExecute({ b: true }) });
for (const rows of [1, 2, 4, 8, 16]) {
  tiles('gex2', `ws single tile rows=${rows} reload+fence`, { count: 1, rows });
  tiles('gex2', `ws unrolled x16 reload rows=${rows}`, { count: 16, rows });
  tiles('gex2', `ws unrolled x16 reuse rows=${rows}`, { count: 16, rows, reload: false });
  tiles('gex2', `ws unrolled x32 reuse rows=${rows}`, { count: 32, rows, reload: false });
}

/** Outputs stay: `k` multiplications for each output. */
const outputStationary = (what: string, count: number, k: number, bankB = 2): void => {
  const values = { a0: word(0), a1: word(bankB * 4096 + 2048), a2: word(nowhere), a3: word(sums(0)), a4: word(nowhere) };
  const step = (i: number): string => `${command(6, 'a2', i % k === k - 1 ? 'a3' : 'a4')}\n${command(i % k === 0 ? 4 : 5, 'a0', 'a1')}`;
  const body = Array.from({ length: count }, (_, i) => step(i)).join('\n');
  execute.push(row('gex', what, `${configureExecute({ weightStationary: false })}\n${registers(values)}`, body));
};
outputStationary('os single tile K=1 -> acc', 1, 1);
outputStationary('os K=1, 32 tiles each output -> acc', 32, 1);
outputStationary('os K=16, 32 tiles', 32, 16);
outputStationary('os K=64, 64 tiles', 64, 64);
outputStationary('os K=16, 32 tiles A,B same bank', 32, 16, 0);

const data = fresh(0x10000);
const mixed = (
  program: string,
  what: string,
  { setup, body }: { readonly setup: { readonly [register: string]: bigint | number }; readonly body: string },
): void => {
  execute.push(row(program, what, `${configureExecute()}\n${configureLoad(16)}\n${configureStore(16)}\n${registers(setup)}`, body));
};
const [a, b, out] = [word(0), word(2 * 4096), word(sums(0))];
const tile = `${command(6, 'a2', 'a3')}\n${command(4, 'a1', 'a4')}`;
mixed('gex', 'mvin A(hot)+preload+compute (RAW dep)', {
  setup: { a0: data, a1: a, a2: b, a3: out, a4: word(nowhere) },
  body: `${command(2, 'a0', 'a1')}\n${tile}`,
});
mixed('gex', 'mvin A,B(hot)+preload+compute+mvout (full chain)', {
  setup: { a0: data, a1: a, a2: b, a3: out, a4: word(nowhere), a5: data + 256, a6: data + 0x8000 },
  body: `${command(2, 'a0', 'a1')}\n${command(2, 'a5', 'a2')}\n${tile}\n${command(3, 'a6', 'a3')}`,
});
mixed('gex2', '16x(mvin16x16 spad bank0 + preload/compute banks1,2) interleaved hot', {
  setup: { a0: data, a1: word(4096), a2: b, a3: out, a4: word(nowhere), a5: word(0) },
  body: repeat(16, `${command(2, 'a0', 'a5')}\naddi a0, a0, 256\naddi a5, a5, 16\n${tile}`),
});
mixed('gex2', '16x(mvin16x16 spad bank0 + preload/compute A bank0) interleaved hot', {
  setup: { a0: data, a1: word(2048), a2: b, a3: out, a4: word(nowhere), a5: word(0) },
  body: repeat(16, `${command(2, 'a0', 'a5')}\naddi a0, a0, 256\naddi a5, a5, 16\n${tile}`),
});
mixed('gex2', '16x(preload/compute + mvout of that tile) hot', {
  setup: { a1: a, a2: b, a3: out, a4: word(nowhere), a6: data + 0x8000 },
  body: repeat(16, `${tile}\n${command(3, 'a6', 'a3')}\naddi a6, a6, 256\naddi a3, a3, 16`),
});
mixed('gex2', '16x(mvin16x16 spad + mvout16x16 acc->int8) interleaved hot', {
  setup: { a0: data, a1: a, a3: out, a6: data + 0x8000 },
  body: repeat(16, `${command(2, 'a0', 'a1')}\n${command(3, 'a6', 'a3')}\naddi a0, a0, 256\naddi a6, a6, 256\naddi a1, a1, 16`),
});
execute.push(
  row(
    'gex',
    'ws reload each + config_ex per tile, 16',
    registers({ a1: a, a2: b, a3: out, a4: word(nowhere), a5: (0x3f80_0000n << 32n) | (1n << 16n) | 4n, a6: 1n << 48n }),
    repeat(16, `${command(0, 'a5', 'a6')}\n${tile}`),
  ),
);

const loops: Measured[] = [];
interface Loop {
  readonly bias?: boolean;
  readonly fullC?: boolean;
  readonly count?: number;
}
const loop = (
  what: string,
  i: number,
  j: number,
  k: number,
  latency: Measured['latency'],
  { bias = false, fullC = false, count = 1 }: Loop = {},
): void => {
  const stride = 256;
  const [first, second, sum, result] = [fresh(i * stride), fresh(k * stride), fresh(4 * stride), fresh(4 * i * stride)];
  const commands: readonly (readonly [funct: number, rs1: bigint, rs2: bigint])[] = [
    [9, 0n, BigInt(i / 16) | (BigInt(j / 16) << 16n) | (BigInt(k / 16) << 32n)],
    [10, BigInt(first), BigInt(second)],
    [11, bias ? BigInt(sum) : 0n, BigInt(result)],
    [12, BigInt(stride), BigInt(stride)],
    [13, 0n, BigInt(stride)],
    [8, fullC ? 2n : bias ? 1n : 0n, 0n],
  ];
  const names = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 's3', 's4', 's5', 's6'] as const;
  const values = Object.fromEntries(
    commands.flatMap(([, rs1, rs2], at) => [
      [names[2 * at]!, rs1],
      [names[2 * at + 1]!, rs2],
    ]),
  );
  const setup = [
    configureExecute(),
    configureLoad(stride, 0),
    configureLoad(stride, 1),
    configureLoad(0, 2),
    configureStore(fullC ? 4 * stride : stride),
    registers(values),
  ].join('\n');
  const run = commands.map(([funct], at) => command(funct, names[2 * at]!, names[2 * at + 1]!)).join('\n');
  loops.push(row('glw0', what, setup, Array.from({ length: count }, () => run).join('\n'), { latency, passes: 3 }));
};
const shapes = [
  ...[
    [32, 16, 16],
    [16, 32, 16],
    [16, 16, 32],
    [16, 16, 64],
    [64, 16, 16],
    [16, 64, 16],
    [32, 32, 32],
    [64, 64, 16],
  ],
  ...[
    [64, 16, 64],
    [16, 64, 64],
    [64, 64, 64],
    [64, 64, 128],
    [64, 64, 256],
    [80, 80, 128],
    [128, 64, 64],
    [64, 128, 64],
    [256, 32, 64],
  ],
] as const;
for (const latency of [1, 40] as const) {
  for (const [i, j, k] of shapes as readonly (readonly [number, number, number])[])
    loop(`loop_ws_raw nobias (dims in elems, stride 256) ${i}x${j}x${k} [2nd call]`, i, j, k, latency);
  loop('loop_ws_raw bias(repeating) 16x16x16 [2nd call]', 16, 16, 16, latency, { bias: true });
  loop('loop_ws_raw bias(repeating) 64x64x64 [2nd call]', 64, 64, 64, latency, { bias: true });
  loop('loop_ws_raw full_C 64x64x64 [2nd call]', 64, 64, 64, latency, { fullC: true });
  loop('4x back-to-back loop_ws 64x64x64 (alternating spad id)', 64, 64, 64, latency, { count: 4 });
}

export const rows: readonly Measured[] = [...loads, ...stores, ...execute, ...loops];
