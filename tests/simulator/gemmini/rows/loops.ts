import type { Measured } from '../../timing/program.ts';
import { command, configureExecute, configureLoad, configureStore, registers } from '../timing.ts';
import { memoryFrom, row } from './row.ts';

/** The sets of the shared cache repeat every 64 KB: what the largest loops drive out there hangs on where their operands begin. */
const fresh = memoryFrom(0x8700_6000);

export const loops: Measured[] = [];
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
